import type { ReleaseId, ServiceId } from '@sconce/core';
import type { Tx } from '../database.ts';

/** What the runtime said of a replica, to be written down for those who may not ask it. */
export interface ReplicaRow {
  readonly id: string;
  readonly releaseId: ReleaseId;
  readonly name: string;
  readonly health: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly node: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly restarts: number;
  readonly exitCode: number | null;
  readonly outOfMemory: boolean;
  readonly gpus: readonly string[];
  /** Why its node is to go; null: it stays. */
  readonly leavingCause: string | null;
  /** Hash of all of the above. */
  readonly seen: string;
}

/** Replaces what is known of a service's replicas, whole. What is known of their routing stays. */
export async function putReplicas(
  tx: Tx,
  serviceId: ServiceId,
  replicas: readonly ReplicaRow[],
  observedAt: Date,
): Promise<void> {
  await tx.$executeRaw`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(replicas)}::jsonb) AS x("id" text, "releaseId" text, "name" text, "health" text,
        "reason" text, "message" text, "host" text, "port" int, "node" text, "createdAt" timestamptz, "startedAt" timestamptz, "restarts" int,
        "exitCode" int, "outOfMemory" boolean, "gpus" text[], "leavingCause" text, "seen" text)),
    gone AS (DELETE FROM replica WHERE service_id = ${serviceId} AND id NOT IN (SELECT id FROM given))
    INSERT INTO replica (id, service_id, release_id, name, health, reason, message, host, port, node, created_at, started_at, restarts, exit_code,
      out_of_memory, gpus, leaving_cause, leaving_since, seen, observed_at, health_since)
    SELECT id, ${serviceId}, "releaseId", name, health, reason, message, host, port, node, "createdAt", "startedAt", restarts, "exitCode",
      "outOfMemory", gpus, "leavingCause", CASE WHEN "leavingCause" IS NULL THEN NULL ELSE ${observedAt}::timestamptz END, seen, ${observedAt}, ${observedAt} FROM given
    ON CONFLICT (id) DO UPDATE SET health = EXCLUDED.health, reason = EXCLUDED.reason, message = EXCLUDED.message, host = EXCLUDED.host,
      port = EXCLUDED.port, node = EXCLUDED.node, started_at = EXCLUDED.started_at, restarts = EXCLUDED.restarts, exit_code = EXCLUDED.exit_code,
      out_of_memory = EXCLUDED.out_of_memory, gpus = EXCLUDED.gpus, leaving_cause = EXCLUDED.leaving_cause,
      leaving_since = CASE WHEN EXCLUDED.leaving_cause IS NULL THEN NULL ELSE COALESCE(replica.leaving_since, EXCLUDED.leaving_since) END, seen = EXCLUDED.seen, observed_at = EXCLUDED.observed_at,
      health_since = CASE WHEN replica.health = EXCLUDED.health THEN replica.health_since ELSE EXCLUDED.health_since END`;
}

/** The same as before was seen again. */
export async function touchReplicas(tx: Tx, serviceId: ServiceId, observedAt: Date): Promise<void> {
  await tx.$executeRaw`UPDATE replica SET observed_at = ${observedAt} WHERE service_id = ${serviceId}`;
}

/** How many of a replica set were ready when last seen, and how many were anything else. */
export async function countReplicas(
  tx: Tx,
  serviceId: string,
  replicaSet: ReleaseId,
): Promise<{ readonly ready: number; readonly others: number }> {
  const rows = await tx.$queryRaw<{ ready: number; others: number }[]>`
    SELECT count(*) FILTER (WHERE health = 'ready')::int AS ready, count(*) FILTER (WHERE health <> 'ready')::int AS others
    FROM replica WHERE service_id = ${serviceId} AND release_id = ${replicaSet}`;
  return rows[0] ?? { ready: 0, others: 0 };
}
