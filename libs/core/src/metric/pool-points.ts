import type { EpochMs } from '../clock.ts';
import type { Steps } from './metric-points.ts';
import { countSlots } from './metric-sums.ts';

/** Sums over the slots of one stretch of time. */
export interface PoolSums {
  readonly at: EpochMs;
  readonly cpuMilli: number;
  readonly memoryMiB: number;
  readonly gpusHeld: number;
  readonly gpuPercent: number;
  readonly gpus: number;
  readonly measured: bigint;
}

export interface PoolPoint {
  readonly at: EpochMs;
  readonly cpuMilli: number | null;
  readonly memoryMiB: number | null;
  readonly gpusHeld: number | null;
  readonly gpuPercent: number | null;
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
  if (slots === 0) return { cpuMilli: null, memoryMiB: null, gpusHeld: null, gpuPercent: null };
  const sum = (of: (row: PoolSums) => number) => rows.reduce((all, row) => all + of(row), 0);
  const per = (total: number, count: number) => Math.round((total / count) * 1000) / 1000;
  const gpus = sum((row) => row.gpus);
  return {
    cpuMilli: per(
      sum((row) => row.cpuMilli),
      slots,
    ),
    memoryMiB: per(
      sum((row) => row.memoryMiB),
      slots,
    ),
    gpusHeld: per(
      sum((row) => row.gpusHeld),
      slots,
    ),
    gpuPercent:
      gpus === 0
        ? null
        : per(
            sum((row) => row.gpuPercent),
            gpus,
          ),
  };
}
