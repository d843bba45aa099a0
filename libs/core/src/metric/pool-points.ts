import type { EpochMs } from '../clock.ts';
import type { Steps } from './metric-points.ts';
import { countSlots } from './metric-sums.ts';

/** Sums over the slots of one stretch of time. */
export interface PoolSums {
  readonly at: EpochMs;
  readonly cpuMilli: number;
  readonly memoryMiB: number;
  readonly diskUsedMiB: number;
  /** In how many slots the disk could be seen. */
  readonly diskSlots: number;
  readonly gpusHeld: number;
  readonly gpuPercent: number;
  /** How many GPUs' use is in `gpuPercent`. */
  readonly gpus: number;
  readonly gpuMemoryMiB: number;
  readonly gpuMemorySlots: number;
  readonly measured: bigint;
}

export interface PoolPoint {
  readonly at: EpochMs;
  readonly cpuMilli: number | null;
  readonly memoryMiB: number | null;
  readonly diskUsedMiB: number | null;
  readonly gpusHeld: number | null;
  readonly gpuPercent: number | null;
  readonly gpuMemoryMiB: number | null;
}

/** One point for each step that has begun: what was used on average, while it was measured. */
export function toPoolPoints(rows: readonly PoolSums[], { since, until, stepMs }: Steps): PoolPoint[] {
  const byStep = Map.groupBy(rows, (row) => Math.floor((row.at - since) / stepMs));
  const points: PoolPoint[] = [];
  for (let step = 0; since + step * stepMs < until; step += 1)
    points.push({ at: since + step * stepMs, ...average(byStep.get(step) ?? []) });
  return points;
}

function average(rows: readonly PoolSums[]): Omit<PoolPoint, 'at'> {
  const slots = rows.reduce((all, row) => all + countSlots(row.measured), 0);
  const sum = (of: (row: PoolSums) => number) => rows.reduce((all, row) => all + of(row), 0);
  const per = (total: number, count: number) => (count === 0 ? null : Math.round((total / count) * 1000) / 1000);
  const each = (of: (row: PoolSums) => number, count: (row: PoolSums) => number) => per(sum(of), sum(count));
  return {
    cpuMilli: per(
      sum((row) => row.cpuMilli),
      slots,
    ),
    memoryMiB: per(
      sum((row) => row.memoryMiB),
      slots,
    ),
    diskUsedMiB: each(
      (row) => row.diskUsedMiB,
      (row) => row.diskSlots,
    ),
    gpusHeld: per(
      sum((row) => row.gpusHeld),
      slots,
    ),
    gpuPercent: each(
      (row) => row.gpuPercent,
      (row) => row.gpus,
    ),
    gpuMemoryMiB: each(
      (row) => row.gpuMemoryMiB,
      (row) => row.gpuMemorySlots,
    ),
  };
}
