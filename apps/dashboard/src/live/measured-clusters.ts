import type { ClusterMeasured, ClusterMetrics, Event, PoolPoint } from '@sconce/contract';
import type { QueryClient } from '@tanstack/react-query';
import { isOverdue } from './measured-cache.ts';

export const clusterMeasuredType = 'cluster.measured';

const slotMs = 10_000;

/** Puts what was used of clusters into the graphs that the pages know. Only steps longer than a slot are asked for again. */
export function takeClusters(cache: QueryClient, events: readonly Event[]): void {
  for (const { subject, data } of events) {
    const news = data as ClusterMeasured;
    for (const { queryKey, state } of cache.getQueryCache().findAll({ queryKey: ['cluster-metrics', subject] })) {
      const known = state.data as ClusterMetrics | undefined;
      const next = known && advanceCluster(known, news);
      if (next) cache.setQueryData(queryKey, next);
      else if (known && (isUnused(known) || isOverdue(known, news.at))) void readAnew(cache, queryKey, news);
    }
  }
}

/** What is read may end before the point that showed that something is missing. */
async function readAnew(cache: QueryClient, queryKey: readonly unknown[], news: ClusterMeasured): Promise<void> {
  await cache.invalidateQueries({ queryKey });
  cache.setQueryData<ClusterMetrics>(queryKey, (read) => (read && advanceCluster(read, news)) ?? read);
}

/** Nothing was measured of any of them. */
const isUnused = ({ pools }: ClusterMetrics): boolean => pools.every(({ points }) => isUnmeasured(points));

export const isUnmeasured = (points: readonly PoolPoint[]): boolean =>
  points.every(({ cpuMilli }) => cpuMilli === null);

/** With the points at their ends, the first ones gone; null where they do not follow: steps are longer, some are missing, or a pool is new. */
export function advanceCluster(known: ClusterMetrics, { at, pools }: ClusterMeasured): ClusterMetrics | null {
  const atMs = Date.parse(at);
  const untilMs = Date.parse(known.until);
  const isLast = atMs === untilMs - slotMs;
  if (known.stepSeconds * 1000 !== slotMs || (!isLast && atMs !== untilMs)) return null;
  const news = new Map(pools.map(({ pool, point }) => [pool, point]));
  if (pools.some(({ pool }) => !known.pools.some((one) => one.pool === pool))) return null;
  const advance = (pool: string, points: readonly PoolPoint[]) => {
    const point = news.get(pool);
    if (isLast) return point ? [...points.slice(0, -1), point] : [...points];
    return [...points.slice(1), point ?? { ...nothing, at }];
  };
  return {
    ...known,
    until: new Date(atMs + slotMs).toISOString(),
    pools: known.pools.map(({ pool, points }) => ({ pool, points: advance(pool, points) })),
  };
}

const nothing: Omit<PoolPoint, 'at'> = {
  cpuMilli: null,
  memoryMiB: null,
  diskUsedMiB: null,
  gpusHeld: null,
  gpuPercent: null,
  gpuMemoryMiB: null,
};
