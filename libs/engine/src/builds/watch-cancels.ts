import { findCancelledBuilds } from '@sconce/db';
import type { Deps } from '../deps.ts';

export interface CancelWatch {
  /** Calls `onCancel` once when somebody cancels the build; answers a function that stops watching. */
  watch(build: string, onCancel: () => void): () => void;
}

/** One listener for all builds of a process. What it misses while it is away is looked up when it is back. */
export function watchCancels(deps: Pick<Deps, 'db' | 'log'>, signal: AbortSignal): CancelWatch {
  const watched = new Map<string, () => void>();
  const lookUp = async () => {
    try {
      for (const id of await findCancelledBuilds(deps.db.tx, [...watched.keys()])) watched.get(id)?.();
    } catch (error) {
      deps.log.warn({ err: error }, 'cancelled builds could not be looked up');
    }
  };
  void deps.db.listen(
    'sconce_cancel',
    (build) => {
      if (build === null) void lookUp();
      else watched.get(build)?.();
    },
    signal,
  );
  return {
    watch: (build, onCancel) => {
      watched.set(build, onCancel);
      return () => {
        watched.delete(build);
      };
    },
  };
}
