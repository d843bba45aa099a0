import { planRollout } from './plan-rollout.ts';
import type { RolloutMove, RolloutPlan, ServiceState } from './rollout-state.ts';

export interface PlanAhead extends RolloutPlan {
  /** A second move that the first one leads to at once: both can be made in one step. */
  readonly next: RolloutMove | null;
}

/**
 * The plan, and the move after its move where nothing has to happen in between: replicas that are ready already (another release's, equal
 * to this one) need no time to prepare. Moves that wait for the world outside (a start, a table taken) are never made ahead.
 */
export function planAhead(state: ServiceState): PlanAhead {
  const plan = planRollout(state);
  const { rollout } = state;
  if (rollout === null || plan.move?.to !== 'preparing' || plan.actions.length > 0) return { ...plan, next: null };
  const strategy = plan.move.strategy ?? rollout.strategy;
  const then = planRollout({ ...state, rollout: { ...rollout, phase: 'preparing', pausedFrom: null, strategy } });
  const isSure = then.move?.to === 'shifting' && then.actions.length === 0;
  return { ...plan, next: isSure ? then.move : null };
}
