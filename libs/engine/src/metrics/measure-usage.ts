import { type EpochMs, type MetricFact, noSums, resolutions, slotMs, startOfSlot, toMetricRows } from '@sconce/core';
import { addMetrics, addPoolMetrics, announceMetrics, type PoolMetricRow, readSharingReleases } from '@sconce/db';
import {
  type GpuUsage,
  type PoolUsage,
  type ReplicaUsage,
  type Runtime,
  RuntimeUnavailable,
  usageMeter,
} from '@sconce/ports';
import type { Deps } from '../deps.ts';
import type { Fence } from '../rollouts/reconciler-deps.ts';

/** Processor time is a counter: what was used is the difference of two looks. */
type Counters = ReadonlyMap<string, { readonly cpuMs: number; readonly at: EpochMs }>;

/** A rate over a longer time says nothing about the slot it is written to. */
const longestGapMs = 3 * slotMs;
/** Timers may be a little early; the slot has to be over. */
const afterSlotMs = 50;

/**
 * Writes down what replicas and node pools use, once in each slot and in one statement each, until the signal aborts. The first look only begins to
 * count. A runtime that cannot tell is left alone.
 */
export async function measureUsage(
  deps: Deps & { readonly runtime: Runtime; readonly fence: Fence },
  cluster: string,
  signal: AbortSignal,
): Promise<void> {
  const meter = usageMeter(deps.runtime);
  if (meter === null) return;
  let before: Counters = new Map();
  while (!signal.aborted) {
    const now = deps.clock.now();
    await deps.clock.sleep(startOfSlot(now) + slotMs + afterSlotMs - now, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      const seen = await meter.usage();
      const at = deps.clock.now();
      await write(deps, cluster, toMeasured(seen, before, at), at);
      before = toCounters(seen, at);
    } catch (error) {
      const isKnown = error instanceof RuntimeUnavailable;
      if (!isKnown && !signal.aborted) deps.log.warn({ err: error }, 'what replicas use could not be written down');
    }
  }
}

interface Measured {
  readonly replicas: readonly (ReplicaUsage & { readonly cpuMsOfSlot: number })[];
  readonly pools: readonly (PoolUsage & { readonly cpuMsOfSlot: number })[];
}

interface Seen {
  readonly replicas: readonly ReplicaUsage[];
  readonly pools: readonly PoolUsage[];
}

function toMeasured({ replicas, pools }: Seen, before: Counters, at: EpochMs): Measured {
  const withRate = <Item extends { readonly cpuMs: number }>(item: Item, key: string) => {
    const last = before.get(key);
    const ms = at - (last?.at ?? 0);
    if (last === undefined || ms <= 0 || ms > longestGapMs) return [];
    // Less than before: its process began anew, and all of it is new.
    const used = item.cpuMs >= last.cpuMs ? item.cpuMs - last.cpuMs : item.cpuMs;
    return [{ ...item, cpuMsOfSlot: (used / ms) * slotMs }];
  };
  return {
    replicas: replicas.flatMap((replica) => withRate(replica, replica.id)),
    pools: pools.flatMap((pool) => withRate(pool, `pool ${pool.pool}`)),
  };
}

function toCounters({ replicas, pools }: Seen, at: EpochMs): Counters {
  return new Map([
    ...replicas.map(({ id, cpuMs }) => [id, { cpuMs, at }] as const),
    ...pools.map(({ pool, cpuMs }) => [`pool ${pool}`, { cpuMs, at }] as const),
  ]);
}

async function write(
  deps: Deps & { readonly fence: Fence },
  cluster: string,
  { replicas, pools }: Measured,
  now: EpochMs,
): Promise<void> {
  if (replicas.length + pools.length === 0) return;
  // What was used until now was used in the slot that just ended.
  const at = startOfSlot(now) - slotMs;
  await deps.db.transaction(async (tx) => {
    await deps.fence.check(tx);
    const serving = await readSharingReleases(tx, [...new Set(replicas.map(({ service }) => service))]);
    const facts = replicas.map((replica) => toFact(replica, serving.get(replica.release) ?? replica.release, at));
    await addMetrics(tx, toMetricRows(facts));
    await addPoolMetrics(
      tx,
      pools.flatMap((pool) => toPoolRows(pool, cluster, at)),
    );
    await announceMetrics(tx);
  });
}

function toFact(replica: Measured['replicas'][number], release: string, at: EpochMs): MetricFact {
  const { service, id, cpuMsOfSlot, memoryMiB } = replica;
  const usage = { cpuMs: cpuMsOfSlot, memoryMiB, gpuMemoryMiB: sumOf(replica.gpus, 'memoryMiB') };
  return { at, service, release, replica: id, sums: { ...noSums, ...usage, ...percentOf(replica.gpus), measured: 1n } };
}

function toPoolRows(usage: Measured['pools'][number], cluster: string, slot: EpochMs): PoolMetricRow[] {
  const { pool, cpuMsOfSlot, memoryMiB, gpusHeld } = usage;
  return resolutions.map(({ seconds }) => {
    const at = Math.floor(slot / (seconds * 1000)) * seconds * 1000;
    const measured = 1n << BigInt((slot - at) / slotMs);
    const cpuMilli = (cpuMsOfSlot * 1000) / slotMs;
    const used = { cpuMilli, memoryMiB, gpusHeld, ...percentOf(usage.gpus), ...diskOf(usage), ...gpuMemoryOf(usage) };
    return { resolutionSeconds: seconds, at, cluster, pool, ...used, measured };
  });
}

const diskOf = ({ diskUsedMiB }: PoolUsage) => ({
  diskUsedMiB: diskUsedMiB ?? 0,
  diskSlots: diskUsedMiB === null ? 0 : 1,
});

const gpuMemoryOf = ({ gpus }: PoolUsage) => ({
  gpuMemoryMiB: sumOf(gpus, 'memoryMiB'),
  gpuMemorySlots: gpus.some(({ memoryMiB }) => memoryMiB !== null) ? 1 : 0,
});

function sumOf(gpus: readonly GpuUsage[], what: 'percent' | 'memoryMiB'): number {
  return gpus.reduce((sum, gpu) => sum + (gpu[what] ?? 0), 0);
}

function percentOf(gpus: readonly GpuUsage[]) {
  return { gpuPercent: sumOf(gpus, 'percent'), gpus: gpus.filter(({ percent }) => percent !== null).length };
}
