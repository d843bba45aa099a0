import type { Event } from '@sconce/contract';

/** The stream itself: the typed client's, or a test's. */
export type FollowEvents = (input: {
  readonly after: string;
  readonly signal: AbortSignal;
  readonly onOpen: () => void;
  readonly onReconnect: () => void;
}) => AsyncIterable<Event>;

/** What tabs tell each other. */
type Word =
  | { readonly says: 'events'; readonly events: readonly Event[] }
  | { readonly says: 'status'; readonly live: boolean }
  | { readonly says: 'hello' };

export interface FeedOptions {
  readonly follow: FollowEvents;
  /** Events after this cursor are wanted. */
  readonly after: string;
  readonly onEvents: (events: readonly Event[]) => void;
  readonly onStatus: (live: boolean) => void;
  /** The stream was refused for good: the session ended, or its rights changed. */
  readonly onRefused: (error: unknown) => void;
  readonly signal: AbortSignal;
}

const name = 'sconce-events';

/**
 * Events, over one connection for all tabs of this browser: HTTP/1.1 allows six to a server, and seven open tabs would wait for each other. The tab that
 * holds the lock follows the stream and tells the others; when it goes, the next one goes on after the last event it heard of. Ends with the signal.
 */
export async function runEventFeed(options: FeedOptions): Promise<void> {
  const { signal } = options;
  const channel = new BroadcastChannel(name);
  let after = options.after;
  let leading = false;
  let live = false;
  const hear = (events: readonly Event[]) => {
    after = events.at(-1)?.cursor ?? after;
    options.onEvents(events);
  };
  const tell = (word: Word) => channel.postMessage(word);
  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if (data.says === 'hello') {
      if (leading) tell({ says: 'status', live });
    } else if (!leading && data.says === 'events') hear(data.events);
    else if (!leading && data.says === 'status') options.onStatus(data.live);
  };
  const note = (isLive: boolean) => {
    live = isLive;
    options.onStatus(isLive);
    tell({ says: 'status', live });
  };
  tell({ says: 'hello' });
  try {
    await navigator.locks.request(name, { signal }, async () => {
      leading = true;
      const share = (events: readonly Event[]) => {
        hear(events);
        tell({ says: 'events', events });
      };
      await followAndShare(options, () => after, share, note);
    });
  } catch (error) {
    if (!signal.aborted) options.onRefused(error);
  } finally {
    channel.close();
  }
}

/** Events that came in one piece are told in one piece. */
async function followAndShare(
  options: FeedOptions,
  after: () => string,
  share: (events: readonly Event[]) => void,
  note: (live: boolean) => void,
): Promise<void> {
  let gathered: Event[] = [];
  const flush = () => {
    const events = gathered;
    gathered = [];
    if (events.length > 0) share(events);
  };
  const stream = options.follow({
    after: after(),
    signal: options.signal,
    onOpen: () => note(true),
    onReconnect: () => note(false),
  });
  for await (const event of stream) {
    if (gathered.push(event) === 1) setTimeout(flush, 5);
  }
}
