import type { ReleaseId } from '../id.ts';
import type { RolloutPhase, RolloutStrategy } from './rollout-phase.ts';

/**
 * The release that takes the service's requests. One rule for the planner and for the route table, so that both always mean the same:
 * the new one from `shifting` on (also while paused there), the live one before and while aborting. None while a hand-over prepares: the one
 * before has to end first.
 */
export function decideServing(
  live: ReleaseId | null,
  rollout: {
    readonly release: ReleaseId;
    readonly phase: RolloutPhase;
    readonly pausedFrom: RolloutPhase | null;
    readonly strategy?: RolloutStrategy | null;
  } | null,
): ReleaseId | null {
  if (rollout === null) return live;
  const phase = rollout.phase === 'paused' ? rollout.pausedFrom : rollout.phase;
  if (phase === 'preparing' && rollout.strategy === 'hand_over') return null;
  return phase === 'shifting' || phase === 'draining' ? rollout.release : live;
}

/**
 * The replicas of the serving release that requests go to: the ready ones, but for those on nodes that are to go once `wanted` others are ready. When none is
 * ready, the unready ones stay: a probe that fails because the process is busy would otherwise turn slow answers into none. Starting, ended and stopping
 * replicas never.
 */
export function routableReplicas<
  R extends { readonly health: string; readonly hasAddress: boolean; readonly isLeaving: boolean },
>(replicas: readonly R[], wanted: number): readonly R[] {
  const ready = replicas.filter((replica) => replica.hasAddress && replica.health === 'ready');
  const staying = ready.filter((replica) => !replica.isLeaving);
  if (staying.length >= Math.max(1, wanted)) return staying;
  return ready.length > 0 ? ready : replicas.filter((replica) => replica.hasAddress && replica.health === 'unready');
}
