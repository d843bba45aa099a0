import { foreseeGpus, type PlacementForecast } from '@sconce/core';
import { findCluster, findEnvironment, readHandOverTimes, readServiceState, type Tx } from '@sconce/db';
import type { Clock } from '@sconce/ports';
import { stands } from './find-placement.ts';
import { readGpuHolders } from './read-gpu-holders.ts';
import { releaseOf, replicasWanted } from './to-service-state.ts';

/**
 * How the rollout that is under way, or was begun in this transaction to be undone, gets its place: from what was last heard of the cluster. Null where
 * nothing was heard yet, or there is no rollout.
 */
export async function foreseeRollout(
  { tx, clock }: { readonly tx: Tx; readonly clock: Clock },
  serviceId: string,
): Promise<PlacementForecast | null> {
  const row = await readServiceState(tx, serviceId);
  const release = row === null ? null : releaseOf(row, row.active?.release ?? null);
  const environment = row === null ? null : await findEnvironment(tx, row.environmentId);
  const cluster = environment === null ? null : await findCluster(tx, environment.cluster);
  if (row === null || release === null || cluster === null) return null;
  const { own, others } = await readGpuHolders(tx, row, clock.now());
  return foreseeGpus({
    request: release.spec.resources.gpu,
    replicas: replicasWanted(release),
    stands: stands(row, release.replicaSet),
    pools: cluster.pools,
    own,
    others,
    heldMs: await readHandOverTimes(tx, serviceId),
  });
}
