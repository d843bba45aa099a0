import type { EpochMs } from '../clock.ts';
import { type MetricPoint, toFigures } from './metric-points.ts';
import type { MetricFact } from './metric-rows.ts';
import { slotMs } from './metric-sums.ts';

export interface ReplicaUsageNow
  extends Pick<MetricPoint, 'inFlight' | 'cpuMilli' | 'memoryMiB' | 'gpuPercent' | 'gpuMemoryMiB'> {
  readonly at: EpochMs;
}

/** What each replica used last, by its id, from rows of the last few slots. What gateways and the runtime say of a slot does not come at once. */
export function toReplicaUsage(rows: readonly MetricFact[]): ReadonlyMap<string, ReplicaUsageNow> {
  const newest = Math.max(...rows.map(({ at }) => at));
  const byReplica = Map.groupBy(
    rows.filter(({ replica }) => replica !== ''),
    ({ replica }) => replica,
  );
  const used = new Map<string, ReplicaUsageNow>();
  for (const [replica, its] of byReplica) {
    const measured = its.filter(({ sums }) => sums.measured !== 0n);
    const at = Math.max(...measured.map((row) => row.at));
    if (measured.length === 0) continue;
    const seconds = slotMs / 1000;
    const { cpuMilli, memoryMiB, gpuPercent, gpuMemoryMiB } = toFigures(
      measured.filter((row) => row.at === at),
      seconds,
    );
    const { inFlight } = toFigures(
      its.filter((row) => row.at === newest),
      seconds,
    );
    used.set(replica, { at, inFlight, cpuMilli, memoryMiB, gpuPercent, gpuMemoryMiB });
  }
  return used;
}
