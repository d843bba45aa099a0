/**
 * A place in a container's log. Engines can only be asked for messages from a time on, and stdout and stderr are stamped
 * apart, so that a message may stand behind one with a later time. So a place is: from the time `since`, in the file's own order,
 * `count` lines are known; and none later than `latest` was seen.
 */
export interface LogPlace {
  readonly since: string;
  readonly count: number;
  readonly latest: string;
}

export function formatLogPlace({ since, count, latest }: LogPlace): string {
  return `${since}_${count}_${latest}`;
}

/** Null for the start, and for anything that is no cursor of ours: cursors come back from outside. */
export function parseLogPlace(cursor: string | null): LogPlace | null {
  const time = '(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z)';
  const [, since, count, latest] = new RegExp(`^${time}_(\\d{1,9})_${time}$`).exec(cursor ?? '') ?? [];
  if (since === undefined || latest === undefined) return null;
  return Number.isNaN(Date.parse(since)) ? null : { since, count: Number(count), latest };
}

/** Counts lines as they are given out, and says the place after each. */
export interface PlaceKeeper {
  place(): LogPlace | null;
  /** The place after a line with this time. */
  advance(timestamp: string): LogPlace;
}

/** Messages stand at most so far from their place in time: what one stream waits for the other to be written. */
const slackMs = 1_000;
const windowMs = 10_000;

/** With `stepMs` for where an engine can only be asked for times of so many milliseconds: 1 or 1,000. */
export function createPlaceKeeper(start: LogPlace | null, stepMs = 1): PlaceKeeper {
  let place = start;
  /** Times of the lines since `place.since`, as far as they may be counted anew. */
  let recent: string[] = [];

  const toStep = (ms: number) => `${new Date(Math.floor(ms / stepMs) * stepMs).toISOString().slice(0, 23)}000000Z`;
  /** A line that is written after another may be stamped before it. */
  const somewhatBefore = (timestamp: string) => toStep(Date.parse(timestamp) - slackMs);

  function moveWindow({ since, latest }: LogPlace): LogPlace | null {
    if (Date.parse(latest) - Date.parse(since) < windowMs) return null;
    const edge = somewhatBefore(latest);
    recent = recent.filter((time) => time >= edge);
    return { since: edge, count: recent.length, latest };
  }

  return {
    place: () => place,
    advance(timestamp) {
      if (place === null) {
        place = { since: somewhatBefore(timestamp), count: 1, latest: timestamp };
        recent = [timestamp];
        return place;
      }
      // A clock that was set back: from there on the earlier time is the one to ask for.
      const isBehind = timestamp < place.since;
      let { latest } = place;
      if (timestamp > latest) latest = timestamp;
      place = {
        since: isBehind ? (stepMs === 1 ? timestamp : toStep(Date.parse(timestamp))) : place.since,
        count: place.count + 1,
        latest,
      };
      recent.push(timestamp);
      place = moveWindow(place) ?? place;
      return place;
    },
  };
}
