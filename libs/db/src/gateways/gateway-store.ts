import type { Tx } from '../database.ts';

/** A gateway said which table it serves. Wakes the services whose rollout may wait for just that. */
export async function putGatewayAck(tx: Tx, id: string, version: number, at: Date): Promise<void> {
  await tx.$queryRaw`
    WITH seen AS (
      INSERT INTO gateway (id, connected_at, last_seen_at, acked_version) VALUES (${id}, ${at}, ${at}, ${BigInt(version)})
      ON CONFLICT (id) DO UPDATE SET last_seen_at = ${at}, connected = true, acked_version = ${BigInt(version)},
        connected_at = CASE WHEN gateway.connected THEN gateway.connected_at ELSE ${at} END),
    woken AS (
      INSERT INTO wakeup (kind, object_id, due_at)
      SELECT 'service', service_id, now() FROM rollout
      WHERE phase IN ('shifting', 'draining', 'aborting') AND route_version <= ${BigInt(version)}
      ON CONFLICT (kind, object_id) DO UPDATE SET due_at = LEAST(wakeup.due_at, EXCLUDED.due_at), version = wakeup.version + 1 RETURNING object_id)
    SELECT pg_notify('sconce_wakeup', 'service')::text FROM (SELECT count(*) AS n FROM woken) counted WHERE n > 0`;
}

/** Still there. */
export async function touchGateways(tx: Tx, ids: readonly string[], at: Date): Promise<void> {
  if (ids.length === 0) return;
  await tx.$executeRaw`UPDATE gateway SET last_seen_at = ${at}, connected = true WHERE id = ANY(${[...ids]})`;
}

/** Its link ended. It may go on serving what it has, so when it was last seen stays. */
export async function markGatewayGone(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`UPDATE gateway SET connected = false WHERE id = ${id}`;
}

/** Forgets gateways not seen since. */
export async function forgetGateways(tx: Tx, before: Date): Promise<void> {
  await tx.$executeRaw`DELETE FROM gateway WHERE last_seen_at < ${before}`;
}

/** A gateway is done with a replica: its service is to be looked at. */
export async function wakeServiceOfReplica(tx: Tx, replicaId: string): Promise<void> {
  await tx.$queryRaw`
    WITH woken AS (
      INSERT INTO wakeup (kind, object_id, due_at) SELECT 'service', service_id, now() FROM replica WHERE id = ${replicaId}
      ON CONFLICT (kind, object_id) DO UPDATE SET due_at = LEAST(wakeup.due_at, EXCLUDED.due_at), version = wakeup.version + 1 RETURNING object_id)
    SELECT pg_notify('sconce_wakeup', 'service')::text FROM (SELECT count(*) AS n FROM woken) counted WHERE n > 0`;
}
