import { useSyncExternalStore } from 'react';

/** Whether what is shown moves by itself. `down`: since when it does not. */
export type LiveStatus = { readonly is: 'connecting' | 'live' } | { readonly is: 'down'; readonly sinceMs: number };

let status: LiveStatus = { is: 'connecting' };
const listeners = new Set<() => void>();

export function setLiveStatus(next: LiveStatus): void {
  if (next.is === status.is) return;
  status = next;
  for (const listener of [...listeners]) listener();
}

export const useLiveStatus = (): LiveStatus =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => status,
  );
