import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { holdsInstance, visibleProjects } from '@sconce/core';
import {
  type AddedClusterRow,
  type ClusterRow,
  findAddedCluster,
  findCluster,
  type GpuHolderRow,
  listAddedClusters,
  listClusters,
  listGpuHolders,
  type StoredNodePool,
} from '@sconce/db';
import { addCluster, removeCluster, updateCluster } from '@sconce/engine';
import { type ApiContext, CONTEXT } from '../context.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { existing, given } from './existing.ts';

@Controller()
export class ClustersController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.listClusters)
  async listClusters(call: Call<typeof endpoints.listClusters>) {
    const { tx } = call.deps.db;
    const { limit, after } = call.page.listing;
    const rows = await listClusters(tx, limit, after);
    const added = new Map((await listAddedClusters(tx)).map((one) => [one.name, one]));
    return call.page.of(
      rows,
      (row) => row.name,
      (row) => toCluster(row, added.get(row.name) ?? null, call),
    );
  }

  @Endpoint(endpoints.getCluster)
  async getCluster(call: Call<typeof endpoints.getCluster>) {
    return readCluster(call, call.params.cluster);
  }

  @Endpoint(endpoints.createCluster, { sealReply: true })
  async createCluster(call: Call<typeof endpoints.createCluster>) {
    const { context = null, registryCredentials = null, account = null, ...settings } = call.body;
    const { podSecurity = 'restricted', gatewayCidrs = [] } = settings;
    const given = { ...settings, context, registryCredentials, account, podSecurity, gatewayCidrs };
    const { name } = await addCluster(call.deps, { ...given, actor: call.caller.actor });
    call.reply.header('location', `/v1/clusters/${name}`);
    return readCluster(call, name);
  }

  @Endpoint(endpoints.updateCluster)
  async updateCluster(call: Call<typeof endpoints.updateCluster>) {
    const name = call.params.cluster;
    const changes = given(call.body);
    const { version } = call.ifMatch;
    await updateCluster(call.deps, { name, changes, expectedVersion: version, actor: call.caller.actor });
    return readCluster(call, name);
  }

  @Endpoint(endpoints.deleteCluster)
  async deleteCluster(call: Call<typeof endpoints.deleteCluster>) {
    const name = call.params.cluster;
    await removeCluster(call.deps, { name, expectedVersion: call.ifMatch.version, actor: call.caller.actor });
    return { id: name, also: {} };
  }

  @Endpoint(endpoints.getClusterAccess)
  async getClusterAccess(call: Call<typeof endpoints.getClusterAccess>) {
    return this.#context.makeClusterAccess(call.query.usage ?? true);
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

async function readCluster(call: Pick<Call, 'caller' | 'deps' | 'reply'>, name: string) {
  const { tx } = call.deps.db;
  const added = await findAddedCluster(tx, name);
  // What was settled of it is what a change is compared with; what is seen of it changes by itself.
  if (added) call.reply.revision(String(added.version));
  return toCluster(await existing('cluster', findCluster(tx, name)), added, call);
}

/** What is wrong with a machine is a matter for those who look after it, and nobody else's business. */
function toCluster(row: ClusterRow, added: AddedClusterRow | null, call: Pick<Call, 'caller'>) {
  const looksAfter = holdsInstance(call.caller.rights);
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
    warnings: looksAfter ? row.warnings : [],
    observedAt: row.observedAt,
    added: looksAfter ? added : null,
  };
}

function toNodePool(row: ClusterRow, pool: StoredNodePool, holders: readonly GpuHolderRow[]) {
  const isSeen = pool.diskMiB > 0;
  return {
    ...pool,
    leaving: pool.leaving ?? 0,
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
