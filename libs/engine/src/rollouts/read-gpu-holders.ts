import type { EpochMs, GpuHolder } from '@sconce/core';
import { findEnvironment, listGpuHolders, readLastRequests, type ServiceStateRow, type Tx } from '@sconce/db';

/** GPUs of a service's cluster: how many its own replicas hold, and who holds the others. Services of other projects are counted, not named. */
export async function readGpuHolders(
  tx: Tx,
  row: Pick<ServiceStateRow, 'id' | 'environmentId' | 'projectSlug'>,
  now: EpochMs,
): Promise<{ readonly own: number; readonly others: readonly GpuHolder[] }> {
  const environment = await findEnvironment(tx, row.environmentId);
  if (environment === null) return { own: 0, others: [] };
  const replicas = await listGpuHolders(tx, environment.cluster, { projectIds: null, environmentId: null });
  const byService = Map.groupBy(replicas, ({ serviceId }) => serviceId);
  const own = sum(byService.get(row.id) ?? []);
  byService.delete(row.id);
  const lastRequests = await readLastRequests(tx, [...byService.keys()]);
  const others = [...byService].map(([service, its]) => {
    const path = its[0]?.servicePath ?? '';
    const last = lastRequests.get(service);
    return {
      path: path.startsWith(`${row.projectSlug}/`) ? path : null,
      gpus: sum(its),
      quietMs: last === undefined ? null : now - last.getTime(),
    };
  });
  return { own, others };
}

const sum = (replicas: readonly { readonly gpus: number }[]): number =>
  replicas.reduce((all, { gpus }) => all + gpus, 0);
