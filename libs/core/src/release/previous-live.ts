import type { ReleaseId } from '../id.ts';

/** One time a release became live. */
export interface LiveMoment {
  readonly release: ReleaseId;
  /** The rollout's cause; `rollback` and `restore` go back, everything else goes forward. */
  readonly cause: string;
}

/**
 * What stood before the live release, given all moments oldest first; null when nothing did. Going back takes what was left off the
 * pile, so that rolling back twice goes two steps back instead of returning to the release that was just left.
 */
export function previousLive(moments: readonly LiveMoment[]): ReleaseId | null {
  const pile: ReleaseId[] = [];
  for (const { release, cause } of moments) {
    const back = cause === 'rollback' || cause === 'restore';
    const at = back ? pile.lastIndexOf(release) : -1;
    if (at >= 0) pile.length = at + 1;
    else if (pile.at(-1) !== release) pile.push(release);
  }
  return pile.at(-2) ?? null;
}
