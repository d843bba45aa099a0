import { useSyncExternalStore } from 'react';

/** `unknown`: not asked yet. `ended`: the API knows nobody by our cookie (any more). */
export type Session = 'unknown' | 'known' | 'ended';

let session: Session = 'unknown';
const listeners = new Set<() => void>();

export function sessionBegan(): void {
  change('known');
}

export function sessionEnded(): void {
  change('ended');
}

export const currentSession = (): Session => session;

function change(to: Session): void {
  if (session === to) return;
  session = to;
  for (const listener of [...listeners]) listener();
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Resolves when somebody is known (again). Throws the signal's reason. */
export function somebodyKnown(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (session === 'known') return resolve();
    const stop = onSessionChange(() => {
      if (session !== 'known') return;
      signal.removeEventListener('abort', abort);
      stop();
      resolve();
    });
    const abort = () => {
      stop();
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
}

export const useSession = (): Session => useSyncExternalStore(onSessionChange, currentSession);
