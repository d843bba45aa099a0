import type { EpochMs, ResolutionSeconds } from '@sconce/core';
import type { Tx } from '../database.ts';

/** What was used of a node pool; sums over slots. */
export interface PoolMetricRow {
  readonly resolutionSeconds: ResolutionSeconds;
  readonly at: EpochMs;
  readonly cluster: string;
  readonly pool: string;
  readonly cpuMilli: number;
  readonly memoryMiB: number;
  readonly gpusHeld: number;
  readonly gpuPercent: number;
  /** How many GPUs' use is in `gpuPercent`. */
  readonly gpus: number;
  /** The slot's bit. */
  readonly measured: bigint;
}

/** Adds to the history, once for each slot. */
export async function addPoolMetrics(tx: Tx, rows: readonly PoolMetricRow[]): Promise<void> {
  if (rows.length === 0) return;
  const given = JSON.stringify(rows.map((row) => ({ ...row, measured: String(row.measured) })));
  await tx.$executeRaw`
    INSERT INTO pool_metric AS m (resolution_seconds, at, cluster, pool, cpu_milli, memory_mib, gpus_held, gpu_percent, gpus, measured)
    SELECT "resolutionSeconds", to_timestamp(at / 1000), cluster, pool, "cpuMilli", "memoryMiB", "gpusHeld", "gpuPercent", gpus, measured
    FROM jsonb_to_recordset(${given}::jsonb) AS x("resolutionSeconds" int, at bigint, cluster text, pool text, "cpuMilli" real, "memoryMiB" real,
      "gpusHeld" real, "gpuPercent" real, gpus int, measured bigint)
    ON CONFLICT (cluster, pool, resolution_seconds, at) DO UPDATE SET cpu_milli = m.cpu_milli + EXCLUDED.cpu_milli,
      memory_mib = m.memory_mib + EXCLUDED.memory_mib, gpus_held = m.gpus_held + EXCLUDED.gpus_held, gpu_percent = m.gpu_percent + EXCLUDED.gpu_percent,
      gpus = m.gpus + EXCLUDED.gpus, measured = m.measured | EXCLUDED.measured
    WHERE m.measured & EXCLUDED.measured = 0`;
}

export interface StoredPoolMetric extends Omit<PoolMetricRow, 'resolutionSeconds' | 'cluster'> {}

/** Of a cluster, oldest first. */
export async function readPoolMetrics(
  tx: Tx,
  cluster: string,
  stretch: { readonly resolutionSeconds: ResolutionSeconds; readonly since: EpochMs; readonly until: EpochMs },
): Promise<StoredPoolMetric[]> {
  return tx.$queryRaw<StoredPoolMetric[]>`
    SELECT (extract(epoch FROM at) * 1000)::float8 AS at, pool, cpu_milli AS "cpuMilli", memory_mib AS "memoryMiB", gpus_held AS "gpusHeld",
      gpu_percent AS "gpuPercent", gpus, measured
    FROM pool_metric WHERE cluster = ${cluster} AND resolution_seconds = ${stretch.resolutionSeconds} AND at >= ${new Date(stretch.since)}
      AND at < ${new Date(stretch.until)} ORDER BY at`;
}
