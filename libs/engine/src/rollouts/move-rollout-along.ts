import type { Failure, PlanAhead, RolloutMove, RolloutPhase } from '@sconce/core';
import {
  type ActiveRolloutRow,
  appendEvent,
  appendEvents,
  endWatch,
  lockServiceToDeploy,
  moveRollout,
  noteTakenBack,
  type RolloutChange,
  type ServiceStateRow,
  setDesiredRelease,
  setRouteVersion,
} from '@sconce/db';
import { startRollout } from '../releases/create-release.ts';
import { recordLive } from '../releases/record-live.ts';
import { type PublishedRoutes, publishRoutesIn } from '../routes/publish-routes.ts';
import type { NotedReplicas } from './note-replicas.ts';
import type { LastLine, ReconcilerDeps } from './reconciler-deps.ts';
import { releaseOf } from './to-service-state.ts';

/**
 * Makes the plan's move, or its two, with all that belongs to them and with what was seen before, in one transaction. False when somebody else moved the service on first.
 */
export async function moveAlong(
  deps: ReconcilerDeps,
  row: ServiceStateRow,
  plan: PlanAhead,
  write: NotedReplicas['write'],
): Promise<boolean> {
  if (plan.move === null) return finishWatch(deps, row);
  const moves = plan.next === null ? [plan.move] : [plan.move, plan.next];
  const move = plan.next ?? plan.move;
  const rollout = row.active;
  if (rollout === null) return false;
  const failure = move.to === 'aborting' ? move.failure : null;
  const lines = failure?.replica ? await deps.lastLines(row, failure.replica) : [];
  const done = await deps.db.transaction(async (tx) => {
    await deps.fence.check(tx);
    // The row of the service is the lock that deploys and rollbacks take, too: nobody starts another rollout in between.
    const service = await lockServiceToDeploy(tx, row.id);
    await write?.(tx);
    if (service !== null && service.generation !== row.generation && move.to !== 'superseded') return null;
    let from: RolloutPhase = rollout.phase;
    const strategy = plan.move?.to === 'preparing' ? plan.move.strategy : undefined;
    for (const { to } of moves) {
      const change = { ...toChange(deps, row, rollout, move, lines), ...(strategy && { strategy }) };
      if (!(await moveRollout(tx, rollout.id, from, to, change))) return null;
      from = to;
    }
    await appendEvents(tx, toEvents(row, rollout, moves));
    if (move.to === 'draining') {
      const { id, release, cause } = rollout;
      const number = releaseOf(row, release)?.number;
      const at = new Date(deps.clock.now());
      await recordLive(tx, { ...placeOf(row), rollout: id, release, number, cause, before: row.live, at });
    }
    if (move.to === 'aborted') await setDesiredRelease(tx, row.id, row.live);
    const beginsHandOver = move.to === 'preparing' && move.strategy === 'hand_over';
    if (move.to !== 'shifting' && move.to !== 'aborting' && !beginsHandOver) return { routes: null };
    const routes = await publishRoutesIn(tx, deps);
    if (!beginsHandOver) await setRouteVersion(tx, rollout.id, routes.version);
    return { routes };
  });
  if (done === null) return false;
  if (done.routes !== null) deps.onPublished(done.routes satisfies PublishedRoutes);
  deps.log.info(
    { service: row.id, rollout: rollout.id, from: rollout.phase, to: move.to, reason: failure?.reason },
    'rollout moved',
  );
  return true;
}

/** Begins a rollout back to what stood before. The failed release is not tried again by itself: nothing desires it any more. */
export async function takeBack(deps: ReconcilerDeps, row: ServiceStateRow, failure: Failure): Promise<boolean> {
  const failed = row.lastLive;
  if (failed === null || failed.from === null) return false;
  const back = failed.from;
  const lines = failure.replica === null ? [] : await deps.lastLines(row, failure.replica);
  const done = await deps.db.transaction(async (tx) => {
    await deps.fence.check(tx);
    const service = await lockServiceToDeploy(tx, row.id);
    if (service === null || service.generation !== row.generation) return false;
    const { reason, message } = failure;
    const started = await startRollout(tx, deps, service, {
      releaseId: back,
      cause: 'restore',
      actor: null,
      reason,
      message,
    });
    await noteTakenBack(tx, failed.id, { reason, message, lastLines: lines, at: new Date(deps.clock.now()) });
    const data = { release: failed.release, to: back, rollout: started.rolloutId, reason, message };
    await appendEvent(tx, { type: 'release.taken_back', ...placeOf(row), subjectId: failed.release, data });
    return true;
  });
  if (done)
    deps.log.warn({ service: row.id, release: failed.release, back, reason: failure.reason }, 'release taken back');
  return done;
}

async function finishWatch(deps: ReconcilerDeps, row: ServiceStateRow): Promise<boolean> {
  const watched = row.lastLive;
  if (watched === null) return false;
  await deps.db.transaction(async (tx) => {
    await deps.fence.check(tx);
    await endWatch(tx, watched.id, new Date(deps.clock.now()));
  });
  return true;
}

function toChange(
  deps: ReconcilerDeps,
  row: ServiceStateRow,
  rollout: ActiveRolloutRow,
  move: RolloutMove,
  lines: readonly LastLine[],
): RolloutChange {
  const now = deps.clock.now();
  const at = new Date(now);
  if (move.to === 'aborting')
    return { at, reason: move.failure.reason, message: move.failure.message, lastLines: lines };
  if (move.to === 'aborted') return { at, reason: rollout.reason, message: rollout.message };
  if (move.to === 'superseded') return { at, reason: 'superseded' };
  if (move.to === 'paused') return { at, pausedFrom: move.from };
  if (move.to !== 'draining') return { at };
  const watchMs = releaseOf(row, rollout.release)?.spec.watchMs ?? 0;
  return { at, watchUntil: rollout.cause === 'restore' ? null : new Date(now + watchMs) };
}

function toEvents(row: ServiceStateRow, rollout: ActiveRolloutRow, moves: readonly RolloutMove[]) {
  return moves.map((move, step) => {
    const failure = move.to === 'aborting' ? { reason: move.failure.reason, message: move.failure.message } : {};
    const from = moves[step - 1]?.to ?? rollout.phase;
    const data = { release: rollout.release, generation: rollout.generation, from, ...failure };
    return { type: `rollout.${move.to}`, ...placeOf(row), subjectId: rollout.id, data };
  });
}

function placeOf(row: ServiceStateRow) {
  return { projectId: row.projectId, environmentId: row.environmentId, serviceId: row.id };
}
