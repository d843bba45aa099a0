import { planAhead, type Refusal, type RolloutPlan, type ServiceId } from '@sconce/core';
import { readServiceState, type ServiceStateRow, setRolloutWaiting, wake } from '@sconce/db';
import { ImageNotThere, type ObservedReplica, RuntimeUnavailable, type ServiceRef } from '@sconce/ports';
import { type Executed, executePlan, type OncePerLook, toRef } from './execute-plan.ts';
import { noteReplicas } from './note-replicas.ts';
import type { ReconcilerDeps, ServiceMemory } from './reconciler-deps.ts';
import { toServiceState } from './to-service-state.ts';

/** How a look at a service ended. */
export type Outcome =
  /** Nothing is waited for; `recheckMs` null: nothing can happen without a wake. */
  | { readonly kind: 'settled'; readonly recheckMs: number | null }
  | { readonly kind: 'waiting'; readonly on: Refusal; readonly recheckMs: number };

/** How often a service that stands well is looked at, so that what is shown is what is. Hints and wakes come at once. */
const lookAgainMs = 8_000;
/** The engine away: how soon it is asked again; twice that after each further time. */
const awayMs = 2_000;
/** More steps than any road has: a plan that never settles is a fault of ours, and must not spin. */
const stepsAtOnce = 16;

/**
 * Looks at one service until nothing more can be done now: observe, plan, act, and again. Its input is an id; everything else is read
 * fresh. Safe to run again at any point after a crash. While the runtime is away nothing is changed.
 */
export async function reconcileService(
  deps: ReconcilerDeps,
  serviceId: ServiceId,
  memory: ServiceMemory,
): Promise<Outcome> {
  observeEarly(deps, memory);
  const early = memory.early?.observed;
  memory.early = null;
  let row = await readServiceState(deps.db.tx, serviceId);
  if (row === null) return { kind: 'settled', recheckMs: null };
  memory.ref = toRef(row);
  try {
    let observed = await (early ?? observeService(deps.runtime, memory.ref, memory));
    const once: OncePerLook = { applied: new Set(), hasChecked: false };
    memory.seenSince ??= deps.clock.now();
    memory.awayLooks = 0;
    for (let step = 0; step < stepsAtOnce; step += 1) {
      const standing = observed.filter((replica) => !isLost(replica));
      deps.onObserved(row, standing);
      const noted = await noteReplicas(deps, row, observed);
      row = noted.row;
      deps.room.note(row, standing);
      const plan = planAhead(toServiceState(deps, row, standing, memory));
      const done = await executePlan(deps, noted, plan, memory, once);
      if (!done.again) return await settle(deps, row, plan, observed);
      [row, observed] = await lookAgain(deps, row, observed, done, memory);
    }
    deps.log.warn({ service: serviceId, steps: stepsAtOnce }, 'a service did not settle in one go');
    return { kind: 'settled', recheckMs: 1_000 };
  } catch (error) {
    if (!(error instanceof RuntimeUnavailable)) throw error;
    // What it cannot be asked for takes nobody's time.
    memory.seenSince = null;
    memory.askedAt.clear();
    const on = whyAway(error);
    await note(deps, row, on);
    memory.awayLooks += 1;
    return { kind: 'waiting', on, recheckMs: Math.min(awayMs * 2 ** (memory.awayLooks - 1), lookAgainMs) };
  }
}

function whyAway(error: RuntimeUnavailable): Refusal {
  if (error instanceof ImageNotThere)
    return { reason: 'image_pull_failed', message: `${error.message}. It is tried again; what runs goes on.` };
  return { reason: 'runtime_unavailable', message: `${error.who} does not answer; what runs goes on.` };
}

/** Reads anew what was changed: rows and runtime at once. */
async function lookAgain(
  { db, runtime }: ReconcilerDeps,
  row: ServiceStateRow,
  observed: readonly ObservedReplica[],
  done: Executed,
  memory: ServiceMemory,
): Promise<[ServiceStateRow, readonly ObservedReplica[]]> {
  const looking = done.observeAgain ? observeService(runtime, toRef(row), memory) : Promise.resolve(observed);
  const [rows, seen] = await Promise.allSettled([
    done.rowsChanged ? readServiceState(db.tx, row.id) : Promise.resolve(row),
    looking,
  ]);
  if (rows.status === 'rejected') throw rows.reason;
  if (seen.status === 'rejected') throw seen.reason;
  return [rows.value ?? row, seen.value];
}

/** So long may an announcement be ahead of its look; what was observed before that is asked again. */
const earlyForMs = 500;

/** Asks the runtime, if it is known whom for and nobody has just asked: what it says is on its way while the rows are read. */
export function observeEarly(deps: Pick<ReconcilerDeps, 'runtime' | 'clock'>, memory: ServiceMemory): void {
  const now = deps.clock.now();
  if (memory.ref === null || (memory.early !== null && now - memory.early.at < earlyForMs)) return;
  const observed = observeService(deps.runtime, memory.ref, memory);
  // Awaited by the look; until then its failure is nobody's.
  observed.catch(() => {});
  memory.early = { at: now, observed };
}

/**
 * What stands. What was being taken away when this was asked is on its way out, however well it still looks to the runtime: nothing may be
 * built on it.
 */
async function observeService(
  runtime: ReconcilerDeps['runtime'],
  ref: ServiceRef,
  { retiring }: Pick<ServiceMemory, 'retiring'>,
): Promise<readonly ObservedReplica[]> {
  const leaving = new Set(retiring.keys());
  const observed = await runtime.observe(ref);
  return observed.map((replica) => (leaving.has(replica.release) ? { ...replica, ...isLeaving } : replica));
}

/** Gone with its node: shown, and otherwise as if it were not there. */
const isLost = ({ health, reason }: ObservedReplica) => health === 'stopping' && reason === 'node_lost';

const isLeaving = { health: 'stopping', reason: 'draining', message: 'It is being stopped.' } as const;

async function settle(
  deps: ReconcilerDeps,
  row: ServiceStateRow,
  plan: RolloutPlan,
  observed: readonly ObservedReplica[],
): Promise<Outcome> {
  await note(deps, row, plan.waiting);
  // Nothing runs and nothing should: only a change of the rows can matter, and that wakes.
  const idle = observed.length === 0 && row.live === null && row.active === null;
  const isGone = row.deleted && observed.length === 0;
  // It may have been the last one of a deleted environment, whose networks and volumes go after it.
  if (isGone) await wake(deps.db.tx, 'environment', row.environmentId);
  if (idle || isGone) return { kind: 'settled', recheckMs: null };
  const recheckMs = Math.min(plan.recheckMs ?? lookAgainMs, lookAgainMs);
  return plan.waiting === null ? { kind: 'settled', recheckMs } : { kind: 'waiting', on: plan.waiting, recheckMs };
}

/** Why a rollout waits, for those who look at it. An abort keeps its own reason. */
async function note(deps: ReconcilerDeps, row: ServiceStateRow, on: Refusal | null): Promise<void> {
  const { active } = row;
  if (active === null || active.phase === 'aborting') return;
  if (active.reason === (on?.reason ?? null) && active.message === (on?.message ?? null)) return;
  // A restore says why it was begun until something else is waited for.
  if (on === null && active.cause === 'restore') return;
  await setRolloutWaiting(deps.db.tx, active.id, active.phase, on?.reason ?? null, on?.message ?? null);
}
