import { type MetricRow, resolutions } from '@sconce/core';
import type { Tx } from '../database.ts';

/**
 * Adds to the history, in one statement. Rows come in the order of their keys, as `toMetricRows` makes them. What was used is added once for each slot,
 * whoever measured it a second time: two schedulers may for a moment both lead.
 */
export async function addMetrics(tx: Tx, rows: readonly MetricRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO service_metric AS m (resolution_seconds, at, service_id, release_id, replica_id, cut, answers_1xx, answers_2xx, answers_3xx, answers_4xx,
      answers_5xx, own_errors, latency, in_flight, waiting, cpu_ms, memory_mib, gpu_memory_mib, gpu_percent, gpus, measured)
    SELECT resolution, to_timestamp(at / 1000), service, release, replica, answers[1], answers[2], answers[3], answers[4], answers[5], answers[6],
      own, latency, flight, waiting, cpu, memory, "gpuMemory", percent, gpus, measured
    FROM jsonb_to_recordset(${JSON.stringify(rows.map(toGiven))}::jsonb) AS x(resolution int, at bigint, service text, release text, replica text,
      answers int[], own int, latency int[], flight real, waiting real, cpu real, memory real, "gpuMemory" real, percent real, gpus int, measured bigint)
    ON CONFLICT (service_id, resolution_seconds, at, release_id, replica_id) DO UPDATE SET
      cut = m.cut + EXCLUDED.cut, answers_1xx = m.answers_1xx + EXCLUDED.answers_1xx, answers_2xx = m.answers_2xx + EXCLUDED.answers_2xx,
      answers_3xx = m.answers_3xx + EXCLUDED.answers_3xx, answers_4xx = m.answers_4xx + EXCLUDED.answers_4xx,
      answers_5xx = m.answers_5xx + EXCLUDED.answers_5xx, own_errors = m.own_errors + EXCLUDED.own_errors,
      latency = sconce_add_latency(m.latency, EXCLUDED.latency), in_flight = m.in_flight + EXCLUDED.in_flight, waiting = m.waiting + EXCLUDED.waiting,
      cpu_ms = m.cpu_ms + CASE WHEN m.measured & EXCLUDED.measured = 0 THEN EXCLUDED.cpu_ms ELSE 0 END,
      memory_mib = m.memory_mib + CASE WHEN m.measured & EXCLUDED.measured = 0 THEN EXCLUDED.memory_mib ELSE 0 END,
      gpu_memory_mib = m.gpu_memory_mib + CASE WHEN m.measured & EXCLUDED.measured = 0 THEN EXCLUDED.gpu_memory_mib ELSE 0 END,
      gpu_percent = m.gpu_percent + CASE WHEN m.measured & EXCLUDED.measured = 0 THEN EXCLUDED.gpu_percent ELSE 0 END,
      gpus = m.gpus + CASE WHEN m.measured & EXCLUDED.measured = 0 THEN EXCLUDED.gpus ELSE 0 END,
      measured = m.measured | EXCLUDED.measured`;
}

function toGiven({ resolutionSeconds, at, service, release, replica, sums }: MetricRow) {
  return {
    resolution: resolutionSeconds,
    at,
    service,
    release,
    replica,
    answers: sums.answers,
    own: sums.ownErrors,
    latency: sums.latency,
    flight: sums.inFlight,
    waiting: sums.waiting,
    cpu: sums.cpuMs,
    memory: sums.memoryMiB,
    gpuMemory: sums.gpuMemoryMiB,
    percent: sums.gpuPercent,
    gpus: sums.gpus,
    measured: String(sums.measured),
  };
}

/** Tells who shows figures that there are new ones; in the transaction that wrote them. */
export async function announceMetrics(tx: Tx): Promise<void> {
  await tx.$queryRaw`SELECT pg_notify('sconce_metric', '')::text`;
}

/** Removes what is older than it is kept. */
export async function pruneMetrics(tx: Tx, now: Date): Promise<void> {
  for (const { seconds, keptMs } of resolutions) {
    const before = new Date(now.getTime() - keptMs);
    await tx.$executeRaw`DELETE FROM service_metric WHERE resolution_seconds = ${seconds} AND at < ${before}`;
    await tx.$executeRaw`DELETE FROM pool_metric WHERE resolution_seconds = ${seconds} AND at < ${before}`;
  }
}
