import { decideGpuRoom, effectiveSettings, type SettingsLayer, toFileSettings } from '@sconce/core';
import { findCluster, findEnvironment, type Tx, viewService } from '@sconce/db';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import type { CreatedRelease } from './create-release.ts';
import { type DeployService, deployService } from './deploy-service.ts';

/**
 * A release with the settings as they are now, where the service has had one; before its first there is nothing to deploy: null. Throws `Rejection`:
 * `cannot_run_here` where the cluster could never give what they ask for, so that nobody waits for what cannot come.
 */
export async function deploySettings(
  deps: Parameters<typeof deployService>[0],
  input: Pick<DeployService, 'serviceId' | 'actor'>,
): Promise<CreatedRelease | null> {
  const service = await viewService(deps.db.tx, input.serviceId);
  if (!service) throw new Rejection('not_found', 'There is no such service');
  await refuseWithoutRoom(deps, service);
  if (!service.desired && !service.live) return null;
  return deployService(deps, { ...input, cause: 'settings' }).catch(sayNothingStays);
}

const nothingStays = 'Nothing was changed. The setting can also be saved without deploying it.';

/** What was refused is the release; who asked for a change as well is told what became of that. */
function sayNothingStays(error: unknown): never {
  if (!(error instanceof Rejection)) throw error;
  const { code, message, errors, hint } = error;
  throw new Rejection(code, message, { errors, hint: hint === null ? nothingStays : `${hint} ${nothingStays}` });
}

type Configured = NonNullable<Awaited<ReturnType<typeof viewService>>>;

async function refuseWithoutRoom({ db }: Pick<Deps, 'db'>, service: Configured): Promise<void> {
  const { gpu } = effectiveSettings(toFileSettings(service.fileSettings), service.settings as SettingsLayer).resources;
  if (gpu === null) return;
  const cluster = await clusterOf(db.tx, service.environment.id);
  // Of a cluster that does not answer nobody knows what it has by now.
  if (cluster === null || cluster.awayAt !== null) return;
  const refusal = decideGpuRoom(cluster.name, cluster.pools, gpu);
  if (refusal === null) return;
  throw new Rejection('cannot_run_here', refusal.message, {
    errors: [{ path: 'settings.resources.gpu', code: refusal.reason, message: 'Ask for less, or for none' }],
    hint: `Ask for what is there: \`sconce pools\` lists it. ${nothingStays}`,
  });
}

async function clusterOf(tx: Tx, environmentId: string) {
  const environment = await findEnvironment(tx, environmentId);
  return environment ? findCluster(tx, environment.cluster) : null;
}
