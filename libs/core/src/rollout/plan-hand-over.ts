import { judgeStart } from './judge-replicas.ts';
import { keep, liveOf, replicasOf, routableOf, routedAsMeant } from './keep-replicas.ts';
import { planRetirements } from './plan-retirements.ts';
import { moveTo, plan, soonest } from './rollout-plan.ts';
import type { PlannedRelease, RolloutAction, RolloutPlan, RolloutState, ServiceState } from './rollout-state.ts';

/** The live release gives way to the new one. What an earlier rollout left goes first: it may free enough for both. */
export function planHandOver(state: ServiceState, target: PlannedRelease): RolloutPlan {
  const kept = new Set([target.replicaSet, liveOf(state)?.replicaSet]);
  const left = state.replicas.filter((replica) => !kept.has(replica.replicaSet)).length;
  if (left === 0) return moveTo({ to: 'preparing', strategy: 'hand_over' });
  const { actions, recheckMs } = clear(state, [liveOf(state), target]);
  const message = `${left} ${left === 1 ? 'replica' : 'replicas'} of an earlier release ${left === 1 ? 'frees its' : 'free their'} GPU first.`;
  return {
    ...plan([...actions, { kind: 'check_placement' }]),
    waiting: { reason: 'waiting_for_gpu', message },
    recheckMs: soonest([recheckMs, 1_000]),
  };
}

/** Others are freeing what may be enough for both; what an earlier rollout left of this service goes, too. */
export function planWaitForRoom(state: ServiceState, target: PlannedRelease, message: string): RolloutPlan {
  const { actions } = clear(state, [liveOf(state), target]);
  return {
    ...plan([...actions, { kind: 'check_placement' }]),
    waiting: { reason: 'waiting_for_gpu', message },
    recheckMs: 500,
  };
}

/** The replicas before end what they began, and free what the new ones need; null once they are gone. */
export function planClearing(state: ServiceState, target: PlannedRelease): RolloutPlan | null {
  const others = inTheWay(state, target);
  if (others === 0) return null;
  const { actions, recheckMs } = clear(state, [target]);
  const what =
    others === 1
      ? '1 old replica finishes what it began and then frees its GPU'
      : `${others} old replicas finish what they began and then free their GPUs`;
  return {
    ...plan(actions),
    waiting: { reason: 'handing_over', message: `${what}; new requests wait for the new release.` },
    recheckMs: soonest([recheckMs, 1_000]),
  };
}

/** The other way round: the new replicas go, then the live release starts again in their place. Until one of it is ready, or cannot be, requests wait. */
export function planHandBack(state: ServiceState, rollout: RolloutState, live: PlannedRelease | null): RolloutPlan {
  if (rollout.routeVersion === null) return plan([{ kind: 'publish' }]);
  if (inTheWay(state, live) > 0) {
    const { actions, recheckMs } = clear(state, [live]);
    return { ...plan(actions), recheckMs: soonest([recheckMs, 1_000]) };
  }
  const kept = keep(state, [live]);
  if (live === null) return { ...kept, move: { to: 'aborted' } };
  const cannot = state.liveRefusal !== null || judgeStart(live, replicasOf(state, live.replicaSet), state) !== null;
  if (cannot || answers(state, live)) return { ...kept, move: { to: 'aborted' } };
  return { ...kept, recheckMs: soonest([kept.recheckMs, 1_000]) };
}

/** Whether requests to the release find a replica. */
export function answers(state: ServiceState, release: PlannedRelease | null): boolean {
  return release !== null && routableOf(state, release).length > 0;
}

/** Starts nothing: replicas of other releases than these are routed to no more, and retired as soon as they may. */
function clear(
  state: ServiceState,
  kept: readonly (PlannedRelease | null)[],
): Pick<RolloutPlan, 'actions' | 'recheckMs'> {
  const wanted = new Set(kept.flatMap((release) => (release === null ? [] : [release.replicaSet])));
  const { retire, recheckMs } = planRetirements(state, wanted);
  const publish: RolloutAction[] = routedAsMeant(state) ? [] : [{ kind: 'publish' }];
  return { actions: [...publish, ...retire.map((replicaSet) => ({ kind: 'retire', replicaSet }) as const)], recheckMs };
}

/** Replicas that hold what the release needs and will not give to it: all others, and its own that are just being removed. */
function inTheWay(state: ServiceState, release: PlannedRelease | null): number {
  const holding = state.replicas.filter((replica) => {
    return replica.replicaSet !== release?.replicaSet || replica.health === 'stopping';
  });
  return Math.max(holding.length, state.retiring.size);
}
