import type { EpochMs } from '../clock.ts';
import { latencyQuantileMs } from './latency-buckets.ts';
import type { MetricRow } from './metric-rows.ts';
import { addSums, countSlots, type MetricSums, slotMs } from './metric-sums.ts';

/** How a service did over one step of time. */
export interface MetricPoint {
  readonly at: EpochMs;
  readonly requestsPerSecond: number;
  /** Answers of 5xx, whoever gave them. */
  readonly errorsPerSecond: number;
  /** Of these, what the gateway answered in the service's place. */
  readonly ownErrorsPerSecond: number;
  /** Answers of 4xx. */
  readonly refusedPerSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  readonly inFlight: number;
  readonly waiting: number;
  /** Null where nothing was measured: no replica ran, or the runtime cannot tell. */
  readonly cpuMilli: number | null;
  readonly memoryMiB: number | null;
  readonly gpuPercent: number | null;
  readonly gpuMemoryMiB: number | null;
}

export interface Steps {
  /** Multiple of the step. */
  readonly since: EpochMs;
  readonly until: EpochMs;
  readonly stepMs: number;
}

/** How long after the end of a slot its figures have arrived: gateways end theirs within a second, and are written down together. */
export const arrivalMs = 1_600;

/** Until when everything that was counted is likely written down. */
export const measuredUntil = (now: EpochMs): EpochMs => Math.floor((now - arrivalMs) / slotMs) * slotMs;

/** One point for each step that has begun. Steps without a row are steps without a request. */
export function toMetricPoints(rows: readonly Pick<MetricRow, 'at' | 'sums'>[], steps: Steps): MetricPoint[] {
  const { since, until, stepMs } = steps;
  const byStep = Map.groupBy(rows, (row) => Math.floor((row.at - since) / stepMs));
  const points: MetricPoint[] = [];
  for (let step = 0; since + step * stepMs < until; step += 1) {
    const at = since + step * stepMs;
    const seconds = (Math.min(at + stepMs, until) - at) / 1000;
    points.push({ at, ...toFigures(byStep.get(step) ?? [], seconds) });
  }
  return points;
}

/** Of rows that begin within `seconds`. */
export function toFigures(rows: readonly Pick<MetricRow, 'at' | 'sums'>[], seconds: number): Omit<MetricPoint, 'at'> {
  const sums = addSums(rows.map((row) => row.sums));
  // One request in half an hour is 0.000556 a second.
  const perSecond = (count: number) => rounded(count / seconds, 1e6);
  const slots = (seconds * 1000) / slotMs;
  return {
    requestsPerSecond: perSecond(sums.answers.reduce((all, count) => all + count, 0)),
    errorsPerSecond: perSecond(sums.answers[5]),
    ownErrorsPerSecond: perSecond(sums.ownErrors),
    refusedPerSecond: perSecond(sums.answers[4]),
    latencyMs: toLatency(sums),
    inFlight: rounded(sums.inFlight / slots),
    waiting: rounded(sums.waiting / slots),
    ...toUsage(sums, countMeasured(rows)),
  };
}

/** Releases and replicas of one moment share a bit, and count once. */
function countMeasured(rows: readonly Pick<MetricRow, 'at' | 'sums'>[]): number {
  const byStart = new Map<EpochMs, bigint>();
  for (const { at, sums } of rows) byStart.set(at, (byStart.get(at) ?? 0n) | sums.measured);
  return [...byStart.values()].reduce((all, bits) => all + countSlots(bits), 0);
}

function toLatency({ latency }: MetricSums): MetricPoint['latencyMs'] {
  const at = (share: number) => rounded(latencyQuantileMs(latency, share) ?? 0);
  return latency.length === 0 ? null : { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function toUsage(sums: MetricSums, slots: number) {
  if (slots === 0) return { cpuMilli: null, memoryMiB: null, gpuPercent: null, gpuMemoryMiB: null };
  const hasGpu = sums.gpus > 0 || sums.gpuMemoryMiB > 0;
  return {
    cpuMilli: rounded((sums.cpuMs * 1000) / (slots * slotMs)),
    memoryMiB: rounded(sums.memoryMiB / slots),
    gpuPercent: sums.gpus === 0 ? null : rounded(sums.gpuPercent / sums.gpus),
    gpuMemoryMiB: hasGpu ? rounded(sums.gpuMemoryMiB / slots) : null,
  };
}

/** Three digits behind the point: finer than anything but rates is known. */
function rounded(value: number, by = 1000): number {
  return Math.round(value * by) / by;
}
