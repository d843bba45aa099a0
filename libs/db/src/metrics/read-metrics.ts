import type { EpochMs, MetricRow, ResolutionSeconds } from '@sconce/core';
import type { Tx } from '../database.ts';
import { Prisma } from '../generated/client.ts';

export type StoredMetric = Omit<MetricRow, 'resolutionSeconds'>;

export interface MetricStretch {
  readonly resolutionSeconds: ResolutionSeconds;
  readonly since: EpochMs;
  /** Rows that begin before it. */
  readonly until: EpochMs;
}

/** Of one service, oldest first. */
export function readServiceMetrics(tx: Tx, serviceId: string, stretch: MetricStretch): Promise<StoredMetric[]> {
  return read(tx, stretch, Prisma.sql`service_id = ${serviceId}`);
}

/** Of every service that has any, in one statement. */
export function readAllMetrics(tx: Tx, stretch: MetricStretch): Promise<StoredMetric[]> {
  return read(tx, stretch, Prisma.sql`TRUE`);
}

/** Of these, in one statement. */
export function readMetricsOf(tx: Tx, serviceIds: readonly string[], stretch: MetricStretch): Promise<StoredMetric[]> {
  return read(tx, stretch, Prisma.sql`service_id = ANY(${[...serviceIds]})`);
}

interface Columns {
  readonly at: number;
  readonly service: string;
  readonly release: string;
  readonly replica: string;
  readonly answers: [number, number, number, number, number, number];
  readonly ownErrors: number;
  readonly latency: number[];
  readonly inFlight: number;
  readonly waiting: number;
  readonly cpuMs: number;
  readonly memoryMiB: number;
  readonly gpuMemoryMiB: number;
  readonly gpuPercent: number;
  readonly gpus: number;
  readonly measured: bigint;
}

async function read(
  tx: Tx,
  { resolutionSeconds, since, until }: MetricStretch,
  where: Prisma.Sql,
): Promise<StoredMetric[]> {
  const rows = await tx.$queryRaw<Columns[]>`
    SELECT (extract(epoch FROM at) * 1000)::float8 AS at, service_id AS service, release_id AS release, replica_id AS replica,
      ARRAY[cut, answers_1xx, answers_2xx, answers_3xx, answers_4xx, answers_5xx] AS answers, own_errors AS "ownErrors", latency, in_flight AS "inFlight",
      waiting, cpu_ms AS "cpuMs", memory_mib AS "memoryMiB", gpu_memory_mib AS "gpuMemoryMiB", gpu_percent AS "gpuPercent", gpus, measured
    FROM service_metric
    WHERE resolution_seconds = ${resolutionSeconds} AND at >= ${new Date(since)} AND at < ${new Date(until)} AND ${where}
    ORDER BY at`;
  return rows.map(({ at, service, release, replica, ...sums }) => ({ at, service, release, replica, sums }));
}

export interface TrafficOfMinute {
  readonly service: string;
  readonly at: EpochMs;
  readonly requests: number;
}

/** Requests of each service by minute: for small figures of many services, in one statement. */
export async function readRequestsByMinute(
  tx: Tx,
  serviceIds: readonly string[],
  since: EpochMs,
  until: EpochMs,
): Promise<TrafficOfMinute[]> {
  return tx.$queryRaw<TrafficOfMinute[]>`
    SELECT service_id AS service, (extract(epoch FROM at) * 1000)::float8 AS at,
      sum(cut + answers_1xx + answers_2xx + answers_3xx + answers_4xx + answers_5xx)::int AS requests
    FROM service_metric
    WHERE resolution_seconds = 60 AND at >= ${new Date(since)} AND at < ${new Date(until)} AND service_id = ANY(${[...serviceIds]})
    GROUP BY service_id, at`;
}

/** When each of these services was last asked anything, to its row's precision; absent: not within what is kept. */
export async function readLastRequests(tx: Tx, serviceIds: readonly string[]): Promise<ReadonlyMap<string, Date>> {
  const rows = await tx.$queryRaw<{ service: string; at: Date }[]>`
    SELECT service_id AS service, max(at) AS at FROM service_metric
    WHERE service_id = ANY(${[...serviceIds]}) AND cut + answers_1xx + answers_2xx + answers_3xx + answers_4xx + answers_5xx > 0
    GROUP BY service_id`;
  return new Map(rows.map(({ service, at }) => [service, at]));
}

export interface ReleaseMark {
  readonly at: Date;
  readonly releaseId: string;
  readonly number: number;
  readonly cause: string;
}

/** When releases of a service went live, oldest first; the newest so many. */
export async function readReleaseMarks(
  tx: Tx,
  serviceId: string,
  since: Date,
  until: Date,
  limit: number,
): Promise<ReleaseMark[]> {
  const rows = await tx.$queryRaw<ReleaseMark[]>`
    SELECT o.live_at AS at, r.id AS "releaseId", r.number, o.cause FROM rollout o JOIN release r ON r.id = o.release_id
    WHERE o.service_id = ${serviceId} AND o.live_at >= ${since} AND o.live_at < ${until} ORDER BY o.live_at DESC LIMIT ${limit}`;
  return rows.reverse();
}

/** By the release that owns replicas: the live one that runs on them now. Equal releases share replicas, and what they use is the live one's. */
export async function readSharingReleases(tx: Tx, serviceIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (serviceIds.length === 0) return new Map();
  const rows = await tx.$queryRaw<{ owner: string; live: string }[]>`
    SELECT r.replica_set_id AS owner, r.id AS live FROM service s JOIN release r ON r.id = s.live_release_id WHERE s.id = ANY(${[...serviceIds]})`;
  return new Map(rows.map(({ owner, live }) => [owner, live]));
}

export interface MeasuredPlace {
  readonly id: string;
  readonly environmentId: string;
  readonly projectId: string;
}

/** Where services are that were not removed. */
export async function readMeasuredPlaces(tx: Tx, serviceIds: readonly string[]): Promise<MeasuredPlace[]> {
  const rows = await tx.service.findMany({
    where: { id: { in: [...serviceIds] }, deletedAt: null },
    select: { id: true, environmentId: true, environment: { select: { projectId: true } } },
  });
  return rows.map(({ id, environmentId, environment }) => ({ id, environmentId, projectId: environment.projectId }));
}
