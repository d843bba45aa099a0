import { z } from 'zod';

/**
 * The link between a gateway and the scheduler: a WebSocket that the gateway opens, one JSON object a message. Tables go one
 * way; acknowledgements and load the other. Unknown fields and types are ignored, so that versions N and N+1 understand
 * each other.
 *
 * - On connecting the gateway says `hello` with the version it serves, then `load` with everything (`full`).
 * - A table with a higher version is taken; one with the same version is acknowledged again; a lower one is `refused` with the
 *   version that stands. A scheduler whose database was restored raises its version above that and publishes again.
 * - `ack` means that every request routed from now on uses the table; `hello` says the same of its version. A replica that left
 *   the table may be stopped when `drained` came for it, or when a `full` load sent after that does not name it.
 * - `traffic` is what a gateway counted, one sample for each ten seconds in which there was something, numbered from 1 since its `boot`. It is said again on the
 *   next link until `traffic_taken` came for it; a sample that was taken once is never counted again.
 * - Both sides send `ping` every `gatewayLinkPingMs` and answer `pong`; silence for `gatewayLinkDeadMs` is a dead link.
 */
export const gatewayLinkProtocol = 1;
export const gatewayLinkPingMs = 2_000;
export const gatewayLinkDeadMs = 5_000;
/** Larger messages end the link. */
export const gatewayLinkMaxBytes = 64 * 1024 * 1024;

const longestTimeoutMs = 24 * 3_600_000;

const routeReplicaSchema = z.object({
  id: z.string().min(1).max(200),
  host: z.string().min(1).max(255),
  port: z.number().int().min(1).max(65_535),
});

const routeTargetSchema = z.object({
  release: z.templateLiteral(['rel_', z.string()]),
  releaseNumber: z.number().int().min(0),
  weight: z.number().min(0).max(1_000_000),
  replicas: z.array(routeReplicaSchema).readonly(),
});

export const routeSchema = z.object({
  service: z.templateLiteral(['svc_', z.string()]),
  name: z.string().max(300),
  hosts: z
    .array(
      z
        .string()
        .max(255)
        .regex(/^[a-z0-9_.:[\]-]+$/),
    )
    .readonly(),
  pathPrefix: z
    .string()
    .max(300)
    .regex(/^(?:\/[A-Za-z0-9._~-]+)+$/)
    .nullable(),
  targets: z.array(routeTargetSchema).readonly(),
  requestTimeoutMs: z.number().int().min(1).max(longestTimeoutMs),
  concurrency: z.number().int().min(1).nullable(),
  holdMs: z.number().int().min(0).max(longestTimeoutMs).nullable().optional(),
  unavailable: z
    .object({
      code: z.string().max(100),
      message: z.string().max(1_000),
      retryAfterSeconds: z.number().min(0).max(86_400),
    })
    .nullable(),
});

export const routeTableSchema = z.object({
  version: z.number().int().min(0),
  routes: z.array(routeSchema).readonly(),
});

export const schedulerToGatewaySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('table'), table: routeTableSchema }),
  /** All samples of this `boot` up to `sequence` are written down. */
  z.object({ type: z.literal('traffic_taken'), boot: z.string(), sequence: z.number().int().min(0) }),
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('pong') }),
]);

const count = z.number().int().min(0);

/** What was counted in one slot of ten seconds for one release on one replica. */
const trafficItemSchema = z.object({
  service: z.string().min(1).max(100),
  /** Both empty where the gateway answered before a replica was found. */
  release: z.string().max(100),
  replica: z.string().max(200),
  /** Requests that ended, by the first digit of their answer's status; 0: without a whole answer. */
  answers: z.tuple([count, count, count, count, count, count]),
  /** Of those 5xx, the ones that the gateway gave in the service's place. */
  ownErrors: count,
  /** On average over the slot. */
  inFlight: z.number().min(0),
  waiting: z.number().min(0),
  /** Bucket and count in turn, as core's latency buckets say. */
  latency: z.array(count).max(400),
});

const trafficSampleSchema = z.object({
  sequence: z.number().int().min(1),
  /** Start of the slot, in milliseconds since the Unix epoch by the gateway's clock. */
  at: z.number().int().min(0),
  items: z.array(trafficItemSchema).max(100_000),
});

const replicaLoadSchema = z.object({
  id: z.string(),
  /** Requests and upgraded connections running now. */
  inFlight: z.number().int().min(0),
  /** Both since the gateway first saw the replica. */
  requests: z.number().int().min(0),
  /** No connection, no answer, a broken one, or a 5xx. */
  errors: z.number().int().min(0),
  /** False: in no table any more, finishing what it has. */
  listed: z.boolean(),
});

const routeLoadSchema = z.object({
  service: z.string(),
  /** Waiting for a replica to have room. */
  queued: z.number().int().min(0),
  /** Both since the gateway first saw the route. */
  requests: z.number().int().min(0),
  /** Answers given in the service's place: no replica, at capacity, timed out, broken. */
  problems: z.number().int().min(0),
});

export const gatewayToSchedulerSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    /** Stable across restarts of the gateway. */
    gateway: z.string().min(1).max(100),
    protocol: z.number().int(),
    /** 0: it has no table. */
    version: z.number().int().min(0),
  }),
  z.object({ type: z.literal('ack'), version: z.number().int().min(0) }),
  z.object({
    type: z.literal('refused'),
    /** `older`: `current` stands. `invalid`: it is no table, as `message` says. */
    reason: z.enum(['older', 'invalid']),
    current: z.number().int().min(0),
    message: z.string().max(1_000),
  }),
  z.object({
    type: z.literal('load'),
    /** Milliseconds since the Unix epoch. */
    at: z.number(),
    /** Everything is listed; otherwise only what changed since the last one. */
    full: z.boolean(),
    replicas: z.array(replicaLoadSchema),
    routes: z.array(routeLoadSchema),
  }),
  z.object({ type: z.literal('drained'), replica: z.string() }),
  z.object({
    type: z.literal('traffic'),
    /** Another one each time the gateway starts. */
    boot: z.string().min(1).max(40),
    samples: z.array(trafficSampleSchema).max(200),
  }),
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('pong') }),
]);

export type SchedulerToGateway = z.infer<typeof schedulerToGatewaySchema>;
export type GatewayToScheduler = z.infer<typeof gatewayToSchedulerSchema>;
export type GatewayLoad = Extract<GatewayToScheduler, { type: 'load' }>;
export type GatewayTraffic = Extract<GatewayToScheduler, { type: 'traffic' }>;
export type TrafficSample = z.infer<typeof trafficSampleSchema>;
export type TrafficItem = z.infer<typeof trafficItemSchema>;
