import type { Failure, RolloutAction, RolloutMove, RolloutPlan } from './rollout-state.ts';

export function soonest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(0, Math.min(...known));
}

export function plan(actions: readonly RolloutAction[]): RolloutPlan {
  return { actions, move: null, takeBack: null, endWatch: false, waiting: null, recheckMs: null };
}

export function moveTo(move: RolloutMove): RolloutPlan {
  return { actions: [], move, takeBack: null, endWatch: false, waiting: null, recheckMs: 0 };
}

export function abort(reason: Failure['reason'], message: string, replica: string | null = null): RolloutPlan {
  return moveTo({ to: 'aborting', failure: { reason, message, replica } });
}
