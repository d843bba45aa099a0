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
  readonly diskUsedMiB: number;
  /** In how many slots it could be told. */
  readonly diskSlots: number;
  readonly gpuMemoryMiB: number;
  readonly gpuMemorySlots: number;
  /** The slot's bit. */
  readonly measured: bigint;
}

/** Adds to the history, once for each slot. */
export async function addPoolMetrics(tx: Tx, rows: readonly PoolMetricRow[]): Promise<void> {
  if (rows.length === 0) return;
  const given = JSON.stringify(rows.map((row) => ({ ...row, measured: String(row.measured) })));
  await tx.$executeRaw`
    INSERT INTO pool_metric AS m (resolution_seconds, at, cluster, pool, cpu_milli, memory_mib, gpus_held, gpu_percent, gpus, measured,
      disk_used_mib, disk_slots, gpu_memory_mib, gpu_memory_slots)
    SELECT "resolutionSeconds", to_timestamp(at / 1000), cluster, pool, "cpuMilli", "memoryMiB", "gpusHeld", "gpuPercent", gpus, measured,
      "diskUsedMiB", "diskSlots", "gpuMemoryMiB", "gpuMemorySlots"
    FROM jsonb_to_recordset(${given}::jsonb) AS x("resolutionSeconds" int, at bigint, cluster text, pool text, "cpuMilli" real, "memoryMiB" real,
      "gpusHeld" real, "gpuPercent" real, gpus int, measured bigint, "diskUsedMiB" real, "diskSlots" int, "gpuMemoryMiB" real, "gpuMemorySlots" int)
    ON CONFLICT (cluster, pool, resolution_seconds, at) DO UPDATE SET cpu_milli = m.cpu_milli + EXCLUDED.cpu_milli,
      memory_mib = m.memory_mib + EXCLUDED.memory_mib, gpus_held = m.gpus_held + EXCLUDED.gpus_held, gpu_percent = m.gpu_percent + EXCLUDED.gpu_percent,
      gpus = m.gpus + EXCLUDED.gpus, measured = m.measured | EXCLUDED.measured, disk_used_mib = m.disk_used_mib + EXCLUDED.disk_used_mib,
      disk_slots = m.disk_slots + EXCLUDED.disk_slots, gpu_memory_mib = m.gpu_memory_mib + EXCLUDED.gpu_memory_mib,
      gpu_memory_slots = m.gpu_memory_slots + EXCLUDED.gpu_memory_slots
    WHERE m.measured & EXCLUDED.measured = 0`;
}

export interface StoredPoolMetric extends Omit<PoolMetricRow, 'resolutionSeconds'> {}

/** Of a cluster, or of all of them, oldest first. */
export async function readPoolMetrics(
  tx: Tx,
  cluster: string | null,
  stretch: { readonly resolutionSeconds: ResolutionSeconds; readonly since: EpochMs; readonly until: EpochMs },
): Promise<StoredPoolMetric[]> {
  return tx.$queryRaw<StoredPoolMetric[]>`
    SELECT (extract(epoch FROM at) * 1000)::float8 AS at, cluster, pool, cpu_milli AS "cpuMilli", memory_mib AS "memoryMiB", gpus_held AS "gpusHeld",
      gpu_percent AS "gpuPercent", gpus, measured, disk_used_mib AS "diskUsedMiB", disk_slots AS "diskSlots",
      gpu_memory_mib AS "gpuMemoryMiB", gpu_memory_slots AS "gpuMemorySlots"
    FROM pool_metric WHERE (${cluster}::text IS NULL OR cluster = ${cluster}) AND resolution_seconds = ${stretch.resolutionSeconds} AND at >= ${new Date(stretch.since)}
      AND at < ${new Date(stretch.until)} ORDER BY at`;
}
