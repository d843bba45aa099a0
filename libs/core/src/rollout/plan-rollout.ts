import { judgeStart, judgeWatched, startDeadline } from './judge-replicas.ts';
import { keep, liveOf, replicasOf, serving, upkeepOf, withPublish } from './keep-replicas.ts';
import { answers, planClearing, planHandBack, planHandOver, planWaitForRoom } from './plan-hand-over.ts';
import { listeningGateways, planRetirements } from './plan-retirements.ts';
import { abort, moveTo, plan, soonest } from './rollout-plan.ts';
import type {
  Failure,
  PlannedRelease,
  Refusal,
  RolloutAction,
  RolloutPlan,
  RolloutState,
  SeenReplica,
  ServiceState,
} from './rollout-state.ts';
import { standBy } from './stand-by.ts';

/**
 * What to do for one service now, from what is there now. Pure, and without a memory: a scheduler that died is replaced by another that
 * plans from the same facts. What it keeps to, in every state:
 * - replicas that take requests, or may by some gateway's table, are never retired;
 * - a release takes requests only after its replicas were ready, and is live only when the gateways took the table that says so;
 * - going back means the old weights first, then the end of the new replicas;
 * - what only one of two releases can have (a GPU) goes from one to the other while requests wait at the gateways, and never waits for itself.
 */
export function planRollout(state: ServiceState): RolloutPlan {
  if (state.deleted) return planRemoval(state);
  const { rollout } = state;
  if (rollout === null) return planSteady(state);
  if (rollout.generation !== state.generation) return moveTo({ to: 'superseded' });
  const target = state.releases.get(rollout.release);
  if (target === undefined) throw new Error(`Rollout ${rollout.id} was planned without its release ${rollout.release}`);
  const ended = planEnd(state, rollout, target);
  if (ended !== null) return ended;
  switch (rollout.phase) {
    case 'pending':
      return planPending(state, target);
    case 'preparing':
      return planPreparing(state, rollout, target);
    case 'shifting':
      return planShifting(state, rollout, target);
    case 'draining':
      return planDraining(state, target);
    case 'paused':
      return planPaused(state, rollout, target);
    case 'aborting':
      return planAborting(state, rollout);
    default:
      throw new Error(`Rollout ${rollout.id} has ended (${rollout.phase}) and cannot be planned`);
  }
}

/** What stops a rollout before it is live, whatever it is doing. */
function planEnd(state: ServiceState, rollout: RolloutState, target: PlannedRelease): RolloutPlan | null {
  if (rollout.phase === 'draining' || rollout.phase === 'aborting') return null;
  if (rollout.abortRequested) return abort('aborted_by_user', 'Stopped by hand; the release before stays.');
  if (state.refusal !== null) return abort(state.refusal.reason, state.refusal.message);
  if (rollout.phase === 'pending' || rollout.phase === 'paused') return null;
  const failure = judgeStart(target, replicasOf(state, target.replicaSet), state);
  return failure === null ? null : moveTo({ to: 'aborting', failure });
}

function planPending(state: ServiceState, target: PlannedRelease): RolloutPlan {
  if (state.placement === undefined) return plan([{ kind: 'check_placement' }]);
  if ('waitsFor' in state.placement) return planWaitForRoom(state, target, state.placement.message);
  // Nothing was touched yet: what runs goes on.
  if ('reason' in state.placement) return abort(state.placement.reason, state.placement.message);
  const { strategy } = state.placement;
  if (strategy === 'hand_over') return planHandOver(state, target);
  return { ...plan(upkeepOf(state, [serving(state), target])), move: { to: 'preparing', strategy } };
}

function planPreparing(state: ServiceState, rollout: RolloutState, target: PlannedRelease): RolloutPlan {
  const isHandOver = rollout.strategy === 'hand_over';
  // Requests wait meanwhile: it goes on, or is taken back.
  if (rollout.pauseRequested && !isHandOver) return moveTo({ to: 'paused', from: 'preparing' });
  const clearing = isHandOver ? planClearing(state, target) : null;
  if (clearing !== null) return clearing;
  const kept = keep(state, [serving(state), target]);
  const replicas = replicasOf(state, target.replicaSet);
  const ready = replicas.filter((replica) => replica.health === 'ready' && replica.hasAddress).length;
  if (ready >= target.replicas) return { ...kept, move: { to: 'shifting' } };
  const askedMs = state.now - (state.askedAt ?? state.now);
  if (replicas.length === 0 && askedMs > target.startupTimeoutMs)
    return abort('start_failed', 'No replica could be started in the time one may take.');
  const message = `${ready} of ${target.replicas} replicas ready${whyNot(replicas)}`;
  const deadlines = replicas
    .filter((replica) => replica.health !== 'ready' && replica.health !== 'stopping')
    .map((replica) => startDeadline(target, replica, state.seenSince) - state.now);
  return {
    ...kept,
    waiting: { reason: 'waiting_for_replicas', message },
    recheckMs: soonest([kept.recheckMs, 2_000, ...deadlines]),
  };
}

function planShifting(state: ServiceState, rollout: RolloutState, target: PlannedRelease): RolloutPlan {
  const isHandOver = rollout.strategy === 'hand_over';
  if (rollout.pauseRequested && !isHandOver) return moveTo({ to: 'paused', from: 'shifting' });
  const replicas = replicasOf(state, target.replicaSet);
  if (!replicas.some((replica) => replica.health === 'ready'))
    return abort(
      'start_failed',
      `It stopped being ready before it was live${whyNot(replicas)}`,
      replicas[0]?.id ?? null,
    );
  const kept = keep(state, isHandOver ? [target] : [target, liveOf(state)]);
  if (rollout.routeVersion === null) return { ...kept, actions: withPublish(kept.actions) };
  const blocked = gatewaysBehind(state, rollout.routeVersion);
  if (blocked === null) return { ...kept, move: { to: 'draining' } };
  return { ...kept, waiting: blocked, recheckMs: soonest([kept.recheckMs, 1_000]) };
}

function planDraining(state: ServiceState, target: PlannedRelease): RolloutPlan {
  const failure = judgeLive(state);
  if (failure !== null) return { ...plan([]), takeBack: failure };
  const left = standBy(state);
  const kept = keep(state, [target], left);
  const others = state.replicas.filter(
    ({ replicaSet }) => replicaSet !== target.replicaSet && replicaSet !== left?.replicaSet,
  );
  if (others.length === 0 && state.retiring.size === 0) return { ...kept, move: { to: 'complete' } };
  const message =
    others.length === 0
      ? 'The old replicas are being removed.'
      : `${others.length} old ${others.length === 1 ? 'replica finishes' : 'replicas finish'} what was begun`;
  return { ...kept, waiting: { reason: 'draining', message }, recheckMs: soonest([kept.recheckMs, 2_000]) };
}

/** Weights and replicas stay as they are; nothing is judged until it goes on. */
function planPaused(state: ServiceState, rollout: RolloutState, target: PlannedRelease): RolloutPlan {
  if (!rollout.pauseRequested) return moveTo({ to: rollout.pausedFrom === 'shifting' ? 'shifting' : 'preparing' });
  const live = liveOf(state);
  return keep(state, [serving(state), live, target]);
}

function planAborting(state: ServiceState, rollout: RolloutState): RolloutPlan {
  const live = liveOf(state);
  // An earlier hand-over may have ended it, too.
  if (rollout.strategy === 'hand_over' || !answers(state, live)) return planHandBack(state, rollout, live);
  if (rollout.routeVersion === null) return plan(withPublish(upkeepOf(state, [live])));
  const kept = keep(state, [live]);
  const others = state.replicas.filter((replica) => replica.replicaSet !== live?.replicaSet);
  if (others.length === 0 && state.retiring.size === 0) return { ...kept, move: { to: 'aborted' } };
  return { ...kept, recheckMs: soonest([kept.recheckMs, 2_000]) };
}

/** Between rollouts: what is live is kept so, what it may be taken back to stands by, and the rest goes. */
function planSteady(state: ServiceState): RolloutPlan {
  const failure = judgeLive(state);
  if (failure !== null) return { ...plan([]), takeBack: failure };
  const kept = keep(state, [serving(state)], standBy(state));
  if (state.watched === null) return kept;
  const leftMs = state.watched.until - state.now;
  return leftMs < 0
    ? { ...kept, endWatch: true }
    : { ...kept, recheckMs: soonest([kept.recheckMs, 2_000, leftMs + 1]) };
}

function planRemoval(state: ServiceState): RolloutPlan {
  const publish: RolloutAction[] = state.replicas.some((replica) => replica.routed) ? [{ kind: 'publish' }] : [];
  if (state.rollout !== null) return { ...plan(publish), move: { to: 'superseded' } };
  if (state.replicas.length === 0 && state.retiring.size === 0) return plan([{ kind: 'remove' }]);
  const { retire, recheckMs } = planRetirements(state, new Set());
  const actions = [...publish, ...retire.map((replicaSet) => ({ kind: 'retire', replicaSet }) as const)];
  return { ...plan(actions), recheckMs: soonest([recheckMs, 2_000]) };
}

function judgeLive(state: ServiceState): Failure | null {
  const live = liveOf(state);
  if (live === null || state.watched === null) return null;
  const before = state.releases.get(state.watched.from);
  // Both run on the same replicas: going back would change nothing.
  if (before === undefined || before.replicaSet === live.replicaSet) return null;
  return judgeWatched(replicasOf(state, live.replicaSet), state.watched.liveAt, state.now);
}

function gatewaysBehind(state: ServiceState, version: number): Refusal | null {
  const gateways = listeningGateways(state);
  if (gateways.length === 0)
    return {
      reason: 'waiting_for_gateways',
      message: 'No gateway is connected; the one before goes on serving until one is.',
    };
  const behind = gateways.filter((gateway) => gateway.ackedVersion < version);
  if (behind.length === 0) return null;
  return {
    reason: 'waiting_for_gateways',
    message: `${behind.length} of ${gateways.length} gateways have not taken the new routes yet.`,
  };
}

function whyNot(replicas: readonly SeenReplica[]): string {
  const said = replicas.find((replica) => replica.health !== 'ready' && replica.message !== null)?.message;
  return said === undefined ? '.' : `: ${said}`;
}
