import type { Client, ClusterMetrics, NodePool } from '@sconce/contract';
import { pick } from '../../ask/pick.ts';
import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { cores, mebibytes, number, orDash, percent, stretchOf } from '../../show/figures.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { table } from '../../terminal/table.ts';
import { clock } from '../../terminal/times.ts';
import { listClusters, listPools } from './pools.ts';

export interface ShowPoolOptions extends GlobalOptions {
  readonly since?: string;
  readonly until?: string;
  readonly step?: string;
}

type Points = ClusterMetrics['pools'][number];

/** What was used of a pool over time, or of all pools of a cluster. */
export async function showPool(context: Context, options: ShowPoolOptions, named: string | undefined): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  const chosen = await choosePools(context, client, named);
  const params = { cluster: chosen.cluster };
  const read = await client.getClusterMetrics({ params, query: stretchOf(options), signal });
  const used = chosen.pool === null ? read.pools : read.pools.filter(({ pool }) => pool === chosen.pool);
  if (options.json) return terminal.json({ ...read, pools: used });
  for (const [index, { pool, points }] of used.entries()) {
    if (terminal.quiet) {
      showRows(context, points, used.length > 1 ? [pool] : []);
      continue;
    }
    if (index > 0) terminal.line();
    const size = chosen.pools.find(({ name }) => name === pool);
    terminal.line(`${read.cluster}/${cleanText(pool)}, in steps of ${read.step}${size ? `: ${sizeWords(size)}` : ''}`);
    showRows(context, points, [], heads);
  }
}

interface Chosen {
  readonly cluster: string;
  /** Null: all of the cluster's. */
  readonly pool: string | null;
  readonly pools: readonly NodePool[];
}

/** `cluster/pool`, a cluster, or a pool's name where only one has it; without one the only cluster there is. */
async function choosePools(context: Context, client: Client, named: string | undefined): Promise<Chosen> {
  const clusters = await listClusters(context, client);
  const all = await listPools(context, client, clusters);
  const ofCluster = (cluster: string): Chosen => ({
    cluster,
    pool: null,
    pools: all.filter((pool) => pool.cluster === cluster),
  });
  const names = clusters.map(({ name }) => name);
  if (named === undefined)
    return ofCluster(names.length === 1 ? String(names[0]) : await pickOne(context, 'Which cluster?', names));
  if (names.includes(named)) return ofCluster(named);
  const paths = all
    .filter(({ cluster, name }) => name === named || `${cluster}/${name}` === named)
    .map(({ cluster, name }) => `${cluster}/${name}`);
  if (paths.length === 0)
    throw new CliFailure(`There is no node pool ${cleanText(named.slice(0, 100))}`, {
      exitCode: exitCodes.notFound,
      code: 'not_found',
      hint: 'See them: sconce pools',
    });
  const path = paths.length === 1 ? String(paths[0]) : await pickOne(context, 'Which pool?', paths);
  const [cluster = '', ...rest] = path.split('/');
  return { ...ofCluster(cluster), pool: rest.join('/') };
}

function pickOne(context: Context, question: string, names: readonly string[]): Promise<string> {
  const list = `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', ...' : ''}`;
  return pick(
    context,
    question,
    names,
    (name) => name,
    () =>
      names.length === 0
        ? new CliFailure('No machine was seen yet', {
            exitCode: exitCodes.notFound,
            code: 'not_found',
            hint: 'The scheduler writes them down once it runs.',
          })
        : new CliFailure(`There are several: ${cleanText(list)}`, {
            exitCode: exitCodes.usage,
            code: 'ambiguous',
            hint: 'Name one: sconce pools show cluster/pool',
          }),
  );
}

/** What there is in all, that the figures are read beside. */
function sizeWords({ cpuMilli, memoryMiB, diskMiB, gpus }: NodePool): string {
  const disk = diskMiB === null ? [] : [`${mebibytes(diskMiB)} disk`];
  const held = gpus.map(({ product, total }) => `${total} × ${cleanText(product)}`);
  return [`${cores(cpuMilli)} cores`, `${mebibytes(memoryMiB)} memory`, ...disk, ...held].join(', ');
}

const heads = ['FROM', 'CPU', 'MEMORY', 'DISK', 'GPUS HELD', 'GPU', 'GPU MEMORY'];

function showRows(
  { terminal }: Context,
  points: Points['points'],
  whose: readonly string[],
  head?: readonly string[],
): void {
  const now = Date.now();
  const rows = points.map((point) => [
    ...whose.map((name) => cleanText(name)),
    clock(point.at, now),
    orDash(point.cpuMilli, cores),
    orDash(point.memoryMiB, mebibytes),
    orDash(point.diskUsedMiB, mebibytes),
    orDash(point.gpusHeld, number),
    orDash(point.gpuPercent, percent),
    orDash(point.gpuMemoryMiB, mebibytes),
  ]);
  for (const row of table([...(head ? [head.map(terminal.colours.dim)] : []), ...rows])) terminal.line(row);
}
