import type { Client, Cluster, NodePool } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { table } from '../../terminal/table.ts';
import { age } from '../../terminal/times.ts';

/** The machines that replicas run on: size, what is free, and who holds GPUs. */
export async function pools(context: Context, options: GlobalOptions): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal } = context;
  const clusters = await listClusters(context, client);
  const data = await listPools(context, client, clusters);
  if (options.json) return terminal.json({ clusters, data, page: { next: null } });
  if (terminal.quiet) {
    for (const { cluster, name } of data) terminal.line(`${cluster}/${name}`);
    return;
  }
  for (const cluster of clusters) for (const line of troubles(cluster)) terminal.note(line);
  if (data.length === 0) return terminal.line('No machine was seen yet: the scheduler writes them down once it runs.');
  const { dim } = terminal.colours;
  const now = Date.now();
  const head = ['POOL', 'NODES', 'CPU', 'MEMORY', 'DISK FREE', 'GPUS FREE', 'SEEN'].map(dim);
  for (const row of table([head, ...data.map((pool) => toRow(pool, now))])) terminal.line(row);
  const holders = data.flatMap((pool) =>
    pool.gpuHolders.map(({ service, replica, gpus }) => [
      `  ${service.path}`,
      replica,
      `${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'}`,
    ]),
  );
  for (const row of table(holders)) terminal.line(row);
}

export async function listClusters({ signal }: Context, client: Client): Promise<readonly Cluster[]> {
  return (await readList({ limit: 'all' }, (query) => client.listClusters({ query, signal }))).data;
}

export async function listPools(
  { signal }: Context,
  client: Client,
  clusters: readonly Cluster[],
): Promise<readonly NodePool[]> {
  const pools: NodePool[] = [];
  for (const { name } of clusters) {
    const params = { cluster: name };
    const { data } = await readList({ limit: 'all' }, (query) => client.listNodePools({ params, query, signal }));
    pools.push(...data);
  }
  return pools;
}

/** What is not as it should be with a cluster, a sentence each. */
export function troubles(cluster: Cluster): string[] {
  const away = cluster.reachable ? [] : [`The cluster ${cluster.name} does not answer; what runs goes on.`];
  return [...away, ...cluster.warnings.map((warning) => cleanText(warning))];
}

function toRow(pool: NodePool, now: number): string[] {
  const gpus = pool.gpus.map(({ product, memoryMiB, total, free }) => {
    const size = memoryMiB === null ? '' : ` ${gib(memoryMiB)}`;
    return `${free} of ${total} ${cleanText(product)}${size}`;
  });
  const disk =
    pool.diskMiB === null || pool.diskFreeMiB === null ? '-' : `${gib(pool.diskFreeMiB)} of ${gib(pool.diskMiB)}`;
  return [
    `${pool.cluster}/${cleanText(pool.name)}`,
    pool.leaving > 0 ? `${pool.nodes}, ${pool.leaving} leaving` : String(pool.nodes),
    String(pool.cpuMilli / 1000),
    gib(pool.memoryMiB),
    disk,
    gpus.join(', ') || '-',
    age(pool.observedAt, now),
  ];
}

function gib(mib: number): string {
  return mib < 1024 ? `${mib} MiB` : `${(mib / 1024).toFixed(mib < 10_240 ? 1 : 0)} GiB`;
}
