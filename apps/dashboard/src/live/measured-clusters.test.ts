import type { ClusterMeasured, ClusterMetrics, Event, PoolPoint } from '@sconce/contract';
import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { advanceCluster, takeClusters } from './measured-clusters.ts';

const start = Date.parse('2026-01-01T10:00:00Z');
const iso = (seconds: number) => new Date(start + seconds * 1000).toISOString();
const point = (seconds: number, cpuMilli: number | null): PoolPoint => ({
  at: iso(seconds),
  cpuMilli,
  memoryMiB: cpuMilli,
  diskUsedMiB: null,
  gpusHeld: 0,
  gpuPercent: null,
  gpuMemoryMiB: null,
});
const metrics = (stepSeconds: number, ...pools: (readonly [string, readonly PoolPoint[]])[]): ClusterMetrics => ({
  cluster: 'local',
  since: iso(0),
  until: iso((pools[0]?.[1].length ?? 0) * stepSeconds),
  step: `${stepSeconds}s`,
  stepSeconds,
  pools: pools.map(([pool, points]) => ({ pool, points: [...points] })),
});
const measured = (seconds: number, pools: Readonly<Record<string, number>>): ClusterMeasured => ({
  at: iso(seconds),
  pools: Object.entries(pools).map(([pool, cpuMilli]) => ({ pool, point: point(seconds, cpuMilli) })),
});
const known = metrics(10, ['a', [point(0, 1), point(10, 2)]], ['b', [point(0, 5), point(10, 6)]]);
const cpuOf = (of: ClusterMetrics | null | undefined) =>
  of?.pools.map(({ points }) => points.map((one) => one.cpuMilli));

it('goes on with the next points, also of a pool that was not measured, and takes a later word on the last ones', () => {
  const next = advanceCluster(known, measured(20, { a: 3 }));
  expect(cpuOf(next)).toEqual([
    [2, 3],
    [6, null],
  ]);
  expect(next?.until).toBe(iso(30));
  expect(next?.pools[1]?.points.at(-1)).toMatchObject({ at: iso(20), memoryMiB: null });
  expect(cpuOf(next && advanceCluster(next, measured(20, { b: 7 })))).toEqual([
    [2, 3],
    [6, 7],
  ]);
});

it('knows where points are missing, steps are longer, or a pool is new', () => {
  expect(advanceCluster(known, measured(30, { a: 3 }))).toBeNull();
  expect(advanceCluster(known, measured(20, { a: 3, c: 1 }))).toBeNull();
  expect(advanceCluster(metrics(60, ['a', [point(0, 1)]]), measured(60, { a: 3 }))).toBeNull();
});

it('asks anew only for the cluster it is of, where a step is over or nothing was shown yet', () => {
  const cache = new QueryClient();
  const key = (cluster: string, range: string) => ['cluster-metrics', cluster, range];
  const isStale = (cluster: string, range: string) => cache.getQueryState(key(cluster, range))?.isInvalidated;
  cache.setQueryData(key('local', '1h'), known);
  cache.setQueryData(key('local', '24h'), metrics(300, ['a', [point(0, 1)]]));
  cache.setQueryData(key('local', '7d'), metrics(1_800, ['a', [point(0, null)]]));
  cache.setQueryData(key('other', '1h'), metrics(10, ['a', [point(0, null)]]));
  const take = (seconds: number) =>
    takeClusters(cache, [{ subject: 'local', data: measured(seconds, { a: 9 }) } as unknown as Event]);
  take(20);
  expect(cpuOf(cache.getQueryData(key('local', '1h')))).toEqual([
    [2, 9],
    [6, null],
  ]);
  expect([isStale('local', '1h'), isStale('local', '24h'), isStale('local', '7d')]).toEqual([false, false, true]);
  take(400);
  expect([isStale('local', '1h'), isStale('local', '24h'), isStale('other', '1h')]).toEqual([true, true, false]);
});
