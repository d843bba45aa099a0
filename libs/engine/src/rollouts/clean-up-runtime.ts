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
  const environments = await findDeletedEnvironments(deps.db.tx, await power.environments());
  for (const environment of environments) {
    deps.log.info({ environment }, 'what a deleted environment left is removed');
    await power.removeEnvironment(environment, true);
  }
}
