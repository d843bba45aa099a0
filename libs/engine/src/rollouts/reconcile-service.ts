import { planRollout, type Refusal, type ReleaseId, type RolloutPlan, type ServiceId } from '@sconce/core';
import { readServiceState, type ServiceStateRow, setRolloutWaiting } from '@sconce/db';
import { type ObservedReplica, RuntimeUnavailable } from '@sconce/ports';
import { executePlan, toRef } from './execute-plan.ts';
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
/** The engine away: how soon it is asked again. */
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
  const early = memory.ref === null ? null : deps.runtime.observe(memory.ref);
  early?.catch(() => {});
  let row = await readServiceState(deps.db.tx, serviceId);
  if (row === null) return { kind: 'settled', recheckMs: null };
  memory.ref = toRef(row);
  try {
    let observed = await (early ?? deps.runtime.observe(memory.ref));
    const applied = new Set<ReleaseId>();
    for (let step = 0; step < stepsAtOnce; step += 1) {
      deps.onObserved(row, observed);
      row = await noteReplicas(deps, row, observed);
      const plan = planRollout(toServiceState(deps, row, observed, memory));
      const done = await executePlan(deps, row, plan, memory, applied);
      if (!done.again) return await settle(deps, row, plan, observed);
      if (done.rowsChanged) row = (await readServiceState(deps.db.tx, serviceId)) ?? row;
      if (done.observeAgain) observed = await deps.runtime.observe(memory.ref);
    }
    deps.log.warn({ service: serviceId, steps: stepsAtOnce }, 'a service did not settle in one go');
    return { kind: 'settled', recheckMs: 1_000 };
  } catch (error) {
    if (!(error instanceof RuntimeUnavailable)) throw error;
    const on = {
      reason: 'runtime_unavailable',
      message: 'The container engine does not answer; what runs goes on.',
    } as const;
    await note(deps, row, on);
    return { kind: 'waiting', on, recheckMs: awayMs };
  }
}

async function settle(
  deps: ReconcilerDeps,
  row: ServiceStateRow,
  plan: RolloutPlan,
  observed: readonly ObservedReplica[],
): Promise<Outcome> {
  await note(deps, row, plan.waiting);
  // Nothing runs and nothing should: only a change of the rows can matter, and that wakes.
  const idle = observed.length === 0 && row.live === null && row.active === null;
  if (idle || (row.deleted && observed.length === 0)) return { kind: 'settled', recheckMs: null };
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
