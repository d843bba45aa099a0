import type { Event } from '@sconce/contract';
import { useEffect, useRef } from 'react';

/** A new row of the audit log, told to those who may read it. */
export const auditRecorded = 'audit.recorded';

type Listener = (events: readonly Event[]) => void;

const listeners = new Set<Listener>();

/** Called with what the stream brought, in the order it happened. */
export function tellHeard(events: readonly Event[]): void {
  for (const listener of [...listeners]) listener(events);
}

/** Lets a page hear of events themselves, where it shows them; what they make stale is looked after by live-cache. */
export function useHeard(listener: Listener): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const hear: Listener = (events) => latest.current(events);
    listeners.add(hear);
    return () => {
      listeners.delete(hear);
    };
  }, []);
}
