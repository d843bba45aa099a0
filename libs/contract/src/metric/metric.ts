import { z } from 'zod';
import { releaseName, serviceName, timestamp } from '../shape/field.ts';

const rate = z.number().min(0);
const milliseconds = z.number().min(0);

const figures = {
  requestsPerSecond: rate.describe('Requests that ended.'),
  errorsPerSecond: rate.describe('Of these, answered 5xx, whoever gave the answer.'),
  ownErrorsPerSecond: rate.describe(
    'Of these, answered by the gateway in the service’s place: no replica, at capacity, timed out, broken.',
  ),
  refusedPerSecond: rate.describe('Answered 4xx.'),
  latencyMs: z
    .object({ p50: milliseconds, p95: milliseconds, p99: milliseconds })
    .nullable()
    .describe(
      'From the first byte of a request to the last of its answer, of whole answers that a replica gave; at most 4.5 % beside the true value. Null: there were none.',
    ),
  inFlight: z.number().min(0).describe('Requests running, on average.'),
  waiting: z.number().min(0).describe('Requests waiting for a replica to have room, on average.'),
};

const usage = {
  cpuMilli: z.number().min(0).nullable().describe('1000 is one core; null: nothing ran, or it cannot be told.'),
  memoryMiB: z.number().min(0).nullable().describe('Without what is only cached.'),
  gpuPercent: z.number().min(0).max(100).nullable().describe('Of the GPUs that are held, on average.'),
  gpuMemoryMiB: z.number().min(0).nullable(),
};

export const metricPoint = z
  .object({ at: timestamp.describe('Where the step begins.'), ...figures, ...usage })
  .meta({ id: 'MetricPoint' });
export type MetricPoint = z.infer<typeof metricPoint>;

export const serviceMetrics = z
  .object({
    service: serviceName,
    since: timestamp,
    until: timestamp.describe('Until where everything has arrived.'),
    step: z.string().describe('`10s`'),
    stepSeconds: z.int(),
    series: z.array(
      z.object({
        release: releaseName.nullable().describe('Null: of all.'),
        replica: z.string().nullable().describe('Id of a replica. Null: of all.'),
        points: z.array(metricPoint),
      }),
    ),
    marks: z
      .array(z.object({ at: timestamp, release: releaseName, cause: z.string() }))
      .describe('When releases went live, the newest 100.'),
  })
  .meta({ id: 'ServiceMetrics' });
export type ServiceMetrics = z.infer<typeof serviceMetrics>;

/** What a service did over the last minutes, for a small figure. */
export const serviceFigures = z
  .object({
    service: serviceName,
    until: timestamp,
    overSeconds: z.int().describe('So long before `until` the figures begin.'),
    ...figures,
    ...usage,
    requestsPerSecondByMinute: z.array(rate).describe('Of the last 30 minutes, oldest first.'),
  })
  .meta({ id: 'ServiceFigures' });
export type ServiceFigures = z.infer<typeof serviceFigures>;

/** What one replica used last. */
export const replicaUsage = z
  .object({ at: timestamp, inFlight: z.number().min(0), ...usage })
  .meta({ id: 'ReplicaUsage' });
export type ReplicaUsage = z.infer<typeof replicaUsage>;

/** `data` of the events `service.measured` that a stream of events tells when asked to. */
export const serviceMeasured = z.object({
  point: metricPoint.describe('The last ten seconds.'),
  recent: serviceFigures.omit({ service: true, requestsPerSecondByMinute: true }),
  replicas: z.record(z.string(), replicaUsage),
});
export type ServiceMeasured = z.infer<typeof serviceMeasured>;

export const poolPoint = z.object({
  at: timestamp,
  cpuMilli: z.number().min(0).nullable(),
  memoryMiB: z.number().min(0).nullable(),
  diskUsedMiB: z.number().min(0).nullable().describe('Where images and volumes lie; null: it could not be seen.'),
  gpusHeld: z.number().min(0).nullable(),
  gpuPercent: z.number().min(0).max(100).nullable(),
  gpuMemoryMiB: z.number().min(0).nullable(),
});
export type PoolPoint = z.infer<typeof poolPoint>;

export const clusterMetrics = z
  .object({
    cluster: z.string(),
    since: timestamp,
    until: timestamp,
    step: z.string(),
    stepSeconds: z.int(),
    pools: z.array(z.object({ pool: z.string(), points: z.array(poolPoint) })),
  })
  .meta({ id: 'ClusterMetrics' });
export type ClusterMetrics = z.infer<typeof clusterMetrics>;

/** `data` of the events `cluster.measured` that a stream of all events tells when asked to; its subject is the cluster's name. */
export const clusterMeasured = z.object({
  at: timestamp.describe('Where the ten seconds begin.'),
  pools: z.array(z.object({ pool: z.string(), point: poolPoint })),
});
export type ClusterMeasured = z.infer<typeof clusterMeasured>;
