import type { EpochMs } from '../clock.ts';
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

export interface RoutableReplica {
  readonly id: string;
  readonly health: string;
  readonly hasAddress: boolean;
  readonly createdAt: EpochMs;
  /** Its node is to go. */
  readonly isLeaving: boolean;
}

/**
 * The replicas of the serving release that requests go to: the ready ones, but once `wanted` of them are there to stay, the oldest of those alone. Others stood in for
 * them, or are to. When none is ready, the unready ones stay: a probe that fails because the process is busy would otherwise turn slow answers into none.
 * Starting, ended and stopping replicas never.
 */
export function routableReplicas<R extends RoutableReplica>(replicas: readonly R[], wanted: number): readonly R[] {
  const ready = replicas.filter((replica) => replica.hasAddress && replica.health === 'ready');
  const staying = ready.filter((replica) => !replica.isLeaving).toSorted(byAge);
  if (staying.length >= Math.max(1, wanted)) return staying.slice(0, Math.max(1, wanted));
  return ready.length > 0 ? ready : replicas.filter((replica) => replica.hasAddress && replica.health === 'unready');
}

/** From the oldest on; those of one moment by id, so that everybody has the same order. */
export function byAge(
  a: Pick<RoutableReplica, 'id' | 'createdAt'>,
  b: Pick<RoutableReplica, 'id' | 'createdAt'>,
): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}
