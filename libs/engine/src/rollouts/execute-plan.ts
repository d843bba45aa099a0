import type { PlanAhead, ReleaseId, RolloutAction } from '@sconce/core';
import type { ServiceStateRow } from '@sconce/db';
import { setRouteVersion } from '@sconce/db';
import { housekeeping, ReplicasRefused, type ServiceRef } from '@sconce/ports';
import { ConfigurationUnreadable, openConfiguration } from '../configuration/open-configuration.ts';
import { publishRoutesIn } from '../routes/publish-routes.ts';
import { findPlacement } from './find-placement.ts';
import { moveAlong, takeBack } from './move-rollout-along.ts';
import type { NotedReplicas } from './note-replicas.ts';
import type { ReconcilerDeps, ServiceMemory } from './reconciler-deps.ts';
import { releaseOf, replicasWanted } from './to-service-state.ts';

/** SIGTERM to SIGKILL. What was begun has been waited for before: this is for putting things away. */
const stopTimeoutMs = 10_000;

export interface Executed {
  /** Something is different now: plan again at once. */
  readonly again: boolean;
  /** Something was written: read it again before planning. */
  readonly rowsChanged: boolean;
  /** The runtime was changed: ask it again before planning. */
  readonly observeAgain: boolean;
}

/** Writes down what was seen, does what the plan says, in its order, and makes no choices of its own. A move whose actions failed is not made, but for the first one. */
export async function executePlan(
  deps: ReconcilerDeps,
  { row, write }: NotedReplicas,
  plan: PlanAhead,
  memory: ServiceMemory,
  once: OncePerLook,
): Promise<Executed> {
  const goesAlong = plan.move !== null && plan.takeBack === null && plan.actions.length === 0;
  if (write !== null && !goesAlong)
    await deps.db.transaction(async (tx) => {
      await deps.fence.check(tx);
      await write(tx);
    });
  // That it begins to prepare is written while the first replicas start: either may be there without the other, and the plan is the same.
  if (plan.move?.to === 'preparing' && row.active?.phase === 'pending')
    return both(
      () => actInOrder(deps, row, plan, memory, once),
      () => move(deps, row, plan, goesAlong ? write : null),
    );
  const done = await actInOrder(deps, row, plan, memory, once);
  return join(done, await move(deps, row, plan, goesAlong ? write : null));
}

/** Asked once per look: a runtime that did not do it the first time needs time, not repetition. */
export interface OncePerLook {
  readonly applied: Set<ReleaseId>;
  hasChecked: boolean;
}

function wasDone(action: RolloutAction, once: OncePerLook): boolean {
  if (action.kind === 'check_placement') {
    const before = once.hasChecked;
    once.hasChecked = true;
    return before;
  }
  if (action.kind !== 'apply') return false;
  const before = once.applied.has(action.replicaSet);
  once.applied.add(action.replicaSet);
  return before;
}

async function actInOrder(
  deps: ReconcilerDeps,
  row: ServiceStateRow,
  plan: PlanAhead,
  memory: ServiceMemory,
  once: OncePerLook,
): Promise<Executed> {
  let done = nothing;
  for (const action of plan.actions) {
    if (wasDone(action, once)) continue;
    done = join(done, await act(deps, row, action, memory));
  }
  return done;
}

async function move(
  deps: ReconcilerDeps,
  row: ServiceStateRow,
  plan: PlanAhead,
  write: NotedReplicas['write'],
): Promise<Executed> {
  const changed = { again: true, rowsChanged: true, observeAgain: false };
  if (plan.takeBack !== null) return (await takeBack(deps, row, plan.takeBack)) ? changed : nothing;
  if (plan.move === null && !plan.endWatch) return nothing;
  return (await moveAlong(deps, row, plan, write)) ? changed : nothing;
}

/** Ends when both have, also when one throws: nothing of a look goes on after it. */
async function both(one: () => Promise<Executed>, other: () => Promise<Executed>): Promise<Executed> {
  const ended = await Promise.allSettled([one(), other()]);
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return ended.reduce((sum, each) => (each.status === 'fulfilled' ? join(sum, each.value) : sum), nothing);
}

const nothing: Executed = { again: false, rowsChanged: false, observeAgain: false };

function join(a: Executed, b: Executed): Executed {
  return {
    again: a.again || b.again,
    rowsChanged: a.rowsChanged || b.rowsChanged,
    observeAgain: a.observeAgain || b.observeAgain,
  };
}

async function act(
  deps: ReconcilerDeps,
  row: ServiceStateRow,
  action: RolloutAction,
  memory: ServiceMemory,
): Promise<Executed> {
  switch (action.kind) {
    case 'check_placement':
      memory.placement = await findPlacement(deps, row, memory);
      return { ...nothing, again: true };
    case 'apply':
      return apply(deps, row, action, memory);
    case 'publish':
      await publish(deps, row);
      return { ...nothing, again: true, rowsChanged: true };
    case 'retire':
      retire(deps, row, action.replicaSet, memory);
      // Until then it stood, and looked well.
      return { ...nothing, observeAgain: true };
    case 'remove':
      await housekeeping(deps.runtime)?.removeService(row.id);
      return nothing;
  }
}

async function apply(
  deps: ReconcilerDeps,
  row: ServiceStateRow,
  { replicaSet, beside, goes, evictable }: Extract<RolloutAction, { kind: 'apply' }>,
  memory: ServiceMemory,
): Promise<Executed> {
  const release = releaseOf(row, replicaSet);
  if (release === null) return nothing;
  const { spec } = release;
  if (!memory.askedAt.has(replicaSet)) memory.askedAt.set(replicaSet, deps.clock.now());
  try {
    await deps.runtime.apply({
      service: toRef(row),
      release: replicaSet,
      releaseNumber: release.number,
      generation: row.generation,
      replicas: replicasWanted(release),
      image: spec.image,
      command: spec.command,
      environmentVariables: await openConfiguration(deps, spec),
      port: spec.port,
      probe: spec.probe,
      resources: spec.resources,
      volumes: spec.volumes,
      ...(spec.sidecars === undefined ? {} : { sidecars: spec.sidecars }),
      stopTimeoutMs,
      ...(beside === undefined ? {} : { beside }),
      ...(goes === undefined ? {} : { goes }),
      ...(evictable === undefined ? {} : { evictable }),
    });
  } catch (error) {
    if (!(error instanceof ReplicasRefused) && !(error instanceof ConfigurationUnreadable)) throw error;
    // A second look finds the refusal and ends the rollout; what is live already can only wait for someone to mend it.
    deps.log.warn({ service: row.id, release: replicaSet, reason: error.reason, err: error }, 'replicas were refused');
    memory.refusals.set(replicaSet, { reason: error.reason, message: error.message });
    const isTarget = releaseOf(row, row.active?.release ?? null)?.replicaSet === replicaSet;
    return { ...nothing, again: isTarget };
  }
  memory.refusals.delete(replicaSet);
  return { ...nothing, again: true, observeAgain: true };
}

async function publish(deps: ReconcilerDeps, row: ServiceStateRow): Promise<void> {
  const published = await deps.db.transaction(async (tx) => {
    await deps.fence.check(tx);
    const routes = await publishRoutesIn(tx, deps);
    const { active } = row;
    if (active !== null && (active.phase === 'shifting' || active.phase === 'aborting'))
      await setRouteVersion(tx, active.id, routes.version);
    return routes;
  });
  deps.onPublished(published);
}

/** Not waited for: a replica may take its time to stop, and a newer rollout must not wait for that. */
function retire(deps: ReconcilerDeps, row: ServiceStateRow, replicaSet: ReleaseId, memory: ServiceMemory): void {
  if (memory.retiring.has(replicaSet)) return;
  const work = async () => {
    await deps.db.transaction((tx) => deps.fence.check(tx));
    await deps.runtime.retire({ service: toRef(row), release: replicaSet });
    memory.askedAt.delete(replicaSet);
    memory.refusals.delete(replicaSet);
  };
  // What was asked before this began, or before it ended, is not what stands after it.
  memory.early = null;
  const removal = work().then(
    () => {
      memory.retiring.delete(replicaSet);
      memory.early = null;
      deps.poke(row.id);
    },
    (error: unknown) => {
      // No poke: the next look, some time later, tries again.
      memory.retiring.delete(replicaSet);
      deps.log.warn(
        { service: row.id, release: replicaSet, err: error },
        'a release was not retired; it is tried again',
      );
    },
  );
  memory.retiring.set(replicaSet, removal);
}

export function toRef(row: ServiceStateRow): ServiceRef {
  return {
    service: row.id,
    environment: row.environmentId,
    projectSlug: row.projectSlug,
    environmentSlug: row.environmentSlug,
    serviceSlug: row.slug,
  };
}
