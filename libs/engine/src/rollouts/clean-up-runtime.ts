import type { EnvironmentId } from '@sconce/core';
import { findDeletedEnvironments, findDeletedServices, wake } from '@sconce/db';
import { housekeeping, type Runtime } from '@sconce/ports';
import type { Deps } from '../deps.ts';

/**
 * Takes off the runtime what is left of deleted environments, and has deleted services that still run looked at. What the database does
 * not know at all is left alone: it may be an old backup of it, and that must not end what runs.
 */
export async function cleanUpRuntime(deps: Deps & { readonly runtime: Runtime }): Promise<void> {
  const power = housekeeping(deps.runtime);
  if (power === null) return;
  const services = await power.services();
  const deleted = await findDeletedServices(deps.db.tx, services);
  for (const service of deleted) await wake(deps.db.tx, 'service', service);
  for (const environment of await power.environments()) await takeEnvironmentAway(deps, environment);
}

/**
 * Takes the networks and volumes of a deleted environment off the runtime, once its last replica is gone; until then, and while it
 * stands, nothing happens. Whoever sees the last replica go wakes the environment again.
 */
export async function takeEnvironmentAway(
  deps: Deps & { readonly runtime: Runtime },
  environment: EnvironmentId,
): Promise<void> {
  const power = housekeeping(deps.runtime);
  if (power === null || (await findDeletedEnvironments(deps.db.tx, [environment])).length === 0) return;
  deps.log.info({ environment }, 'what a deleted environment left is removed');
  await power.removeEnvironment(environment, true);
}
