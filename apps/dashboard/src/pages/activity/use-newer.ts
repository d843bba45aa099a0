import type { Event } from '@sconce/contract';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { type EventFilter, type EventsOf, eventsQuery } from '../../api/history-queries.ts';
import { auditRecorded, useHeard } from '../../live/heard.ts';

/** More than so many are not held for somebody who looks elsewhere: they are read anew. */
const mostHeld = 200;

/** Ids of the place, as events name it; null where that is not known yet. */
export interface PlaceIds {
  readonly project: string | null;
  readonly environment: string | null;
  readonly service: string | null;
}

/** What happened since the list was read. It announces itself, and comes into the list when it is asked for: nothing jumps. */
export function useNewer(of: EventsOf, filter: EventFilter, ids: PlaceIds, shown: readonly Event[]) {
  const key = JSON.stringify([of, filter]);
  const [heard, setHeard] = useState<{ readonly key: string; readonly events: readonly Event[] }>({ key, events: [] });
  const held = heard.key === key ? heard.events : [];
  useHeard((events) => {
    const matching = events.filter((event) => isThere(event, of, ids) && passes(event, filter));
    if (matching.length > 0) setHeard({ key, events: [...held, ...matching].slice(-mostHeld) });
  });
  const known = new Set(shown.map(({ id }) => id));
  const newer = held.filter(({ id }) => !known.has(id));
  const show = () => {
    setHeard({ key, events: [] });
    const { queryKey } = eventsQuery(of, filter);
    if (newer.length >= mostHeld) return void cache.resetQueries({ queryKey });
    cache.setQueryData(queryKey, (list) => {
      const [first, ...others] = list?.pages ?? [];
      if (!list || !first) return list;
      return { ...list, pages: [{ ...first, data: [...newer.toReversed(), ...first.data] }, ...others] };
    });
  };
  return { count: newer.length, isMore: newer.length >= mostHeld, show };
}

/** They move what pages show, and stand in no history of what happened. */
const inNoHistory: ReadonlySet<string> = new Set(['cluster.changed', 'release.packages_read', auditRecorded]);

function isThere(event: Event, of: EventsOf, ids: PlaceIds): boolean {
  if (inNoHistory.has(event.type)) return false;
  if (of.kind === 'all') return true;
  return ids[of.kind] !== null && event[of.kind] === ids[of.kind];
}

function passes({ type, actor }: Event, filter: EventFilter): boolean {
  const isType = filter.type === undefined || type === filter.type || type.startsWith(`${filter.type}.`);
  return isType && (filter.actor === undefined || actor === filter.actor);
}
