import { Controller } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { holdsInstance, visibleProjects } from '@sconce/core';
import {
  type ClusterRow,
  findCluster,
  type GpuHolderRow,
  listClusters,
  listGpuHolders,
  type StoredNodePool,
} from '@sconce/db';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { existing } from './existing.ts';

@Controller()
export class ClustersController {
  @Endpoint(endpoints.listClusters)
  async listClusters(call: Call<typeof endpoints.listClusters>) {
    const { limit, after } = call.page.listing;
    const rows = await listClusters(call.deps.db.tx, limit, after);
    return call.page.of(
      rows,
      (row) => row.name,
      (row) => toCluster(row, call),
    );
  }

  @Endpoint(endpoints.getCluster)
  async getCluster(call: Call<typeof endpoints.getCluster>) {
    return toCluster(await existing('cluster', findCluster(call.deps.db.tx, call.params.cluster)), call);
  }

  @Endpoint(endpoints.listNodePools)
  async listNodePools(call: Call<typeof endpoints.listNodePools>) {
    const { tx } = call.deps.db;
    const row = await existing('cluster', findCluster(tx, call.params.cluster));
    const { rights } = call.caller;
    const holders = await listGpuHolders(tx, row.name, {
      projectIds: visibleProjects(rights),
      environmentId: rights.environmentId,
    });
    const { limit, after } = call.page.listing;
    const pools = row.pools.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return call.page.of(
      pools.filter(({ name }) => after === null || name > after).slice(0, limit),
      (pool) => pool.name,
      (pool) => toNodePool(row, pool, holders),
    );
  }
}

/** What is wrong with a machine is a matter for those who look after it, and nobody else's business. */
function toCluster(row: ClusterRow, call: Pick<Call, 'caller'>) {
  const sum = (of: (pool: StoredNodePool) => number) => row.pools.reduce((all, pool) => all + of(pool), 0);
  const gpus = (of: (gpu: StoredNodePool['gpus'][number]) => number) =>
    sum((pool) => pool.gpus.reduce((all, gpu) => all + of(gpu), 0));
  return {
    name: row.name,
    nodes: sum((pool) => pool.nodes),
    cpuMilli: sum((pool) => pool.cpuMilli),
    memoryMiB: sum((pool) => pool.memoryMiB),
    gpus: { total: gpus(({ total }) => total), free: gpus(({ free }) => free) },
    reachable: row.awayAt === null,
    awaySince: row.awayAt,
    warnings: holdsInstance(call.caller.rights) ? row.warnings : [],
    observedAt: row.observedAt,
  };
}

function toNodePool(row: ClusterRow, pool: StoredNodePool, holders: readonly GpuHolderRow[]) {
  const isSeen = pool.diskMiB > 0;
  return {
    ...pool,
    cluster: row.name,
    diskMiB: isSeen ? pool.diskMiB : null,
    diskFreeMiB: isSeen ? pool.diskFreeMiB : null,
    gpuHolders: holders
      .filter((holder) => holder.node === pool.name)
      .map(({ serviceId, servicePath, replica, gpus }) => ({
        service: { id: serviceId, path: servicePath },
        replica,
        gpus,
      })),
    observedAt: row.observedAt,
  };
}
