import type { ReleaseId } from '../id.ts';
import { decideServing } from '../rollout/decide-serving.ts';
import type { RolloutPhase } from '../rollout/rollout-phase.ts';

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
    const at = goesBack(cause) ? pile.lastIndexOf(release) : -1;
    if (at >= 0) pile.length = at + 1;
    else if (pile.at(-1) !== release) pile.push(release);
  }
  return pile.at(-2) ?? null;
}

/** The rollout that has not ended. */
export interface ActiveRollout extends LiveMoment {
  readonly phase: RolloutPhase;
  readonly pausedFrom: RolloutPhase | null;
}

/**
 * Where a rollback without a name goes: to what stood before the release that answers now, by the routes and not by the record of it,
 * which comes some milliseconds later. Something newer that does not answer yet is what to get rid of: then what answers stays. Going
 * back once more before the first time took effect is the same wish, not a second step. Null: nothing stood before.
 */
export function decideRollback(moments: readonly LiveMoment[], active: ActiveRollout | null): ReleaseId | null {
  if (active === null) return previousLive(moments);
  const answers = decideServing(null, active) === active.release;
  return previousLive(answers || !goesBack(active.cause) ? [...moments, active] : moments);
}

function goesBack(cause: string): boolean {
  return cause === 'rollback' || cause === 'restore';
}
