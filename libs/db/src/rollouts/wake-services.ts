import type { Tx } from '../database.ts';
import type { WakeupKind } from '../wakeups.ts';

/** Makes every service due that has, or should have, something running. One that is due already is left as it is. */
export async function wakeAllServices(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO wakeup (kind, object_id, due_at)
    SELECT 'service', s.id, now() FROM service s JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
    WHERE EXISTS (SELECT 1 FROM replica x WHERE x.service_id = s.id)
      OR (s.deleted_at IS NULL AND e.deleted_at IS NULL AND p.deleted_at IS NULL AND (s.live_release_id IS NOT NULL OR s.desired_release_id IS NOT NULL))
    ON CONFLICT (kind, object_id) DO NOTHING`;
}

/** The same of the services on one cluster. */
export async function wakeServicesOn(tx: Tx, cluster: string): Promise<void> {
  await tx.$executeRaw`
    WITH woken AS (
      INSERT INTO wakeup (kind, object_id, due_at)
      SELECT 'service', s.id, now() FROM service s JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
      WHERE e.cluster = ${cluster} AND (EXISTS (SELECT 1 FROM replica x WHERE x.service_id = s.id)
        OR (s.deleted_at IS NULL AND e.deleted_at IS NULL AND p.deleted_at IS NULL AND (s.live_release_id IS NOT NULL OR s.desired_release_id IS NOT NULL)))
      ON CONFLICT (kind, object_id) DO NOTHING RETURNING 1)
    SELECT pg_notify('sconce_wakeup', 'service')::text FROM woken LIMIT 1`;
}

/**
 * Takes back the leases on wakeups of these kinds, whoever holds them: for the one leader, when it begins. Those it takes them from lead
 * no more, and what they still settle is refused, as the rows are theirs no longer.
 */
export async function takeBackWakeups(tx: Tx, kinds: readonly WakeupKind[]): Promise<void> {
  await tx.$executeRaw`UPDATE wakeup SET leased_by = NULL, lease_until = NULL WHERE kind = ANY(${[...kinds]}) AND leased_by IS NOT NULL`;
}
