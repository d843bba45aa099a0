import type { Tx } from '../database.ts';

/**
 * Images that may go: of no live or desired release, of none of the newest `keepReleases` releases of any standing service nor of those that
 * were live last, and not younger than `olderThan`. Oldest first.
 */
export async function readCollectableImages(
  tx: Tx,
  keepReleases: number,
  olderThan: Date,
  limit: number,
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ digest: string }[]>`
    WITH standing AS (
      SELECT s.* FROM service s JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
      WHERE s.deleted_at IS NULL AND e.deleted_at IS NULL AND p.deleted_at IS NULL),
    kept AS (
      SELECT r.image_digest FROM release r JOIN standing s ON s.id = r.service_id
      WHERE r.id IN (s.live_release_id, s.desired_release_id) OR r.number > s.next_release_number - 1 - ${keepReleases}
      UNION SELECT r.image_digest FROM standing s CROSS JOIN LATERAL (
        SELECT o.release_id FROM rollout o WHERE o.service_id = s.id AND o.live_at IS NOT NULL ORDER BY o.live_at DESC LIMIT ${keepReleases}) was_live
      JOIN release r ON r.id = was_live.release_id
      UNION SELECT r.image_digest FROM rollout o JOIN release r ON r.id IN (o.release_id, o.from_release_id)
      WHERE o.phase NOT IN ('complete', 'aborted', 'superseded')
      UNION SELECT r.image_digest FROM replica x JOIN release r ON r.id = x.release_id
      UNION SELECT b.image_digest FROM build b WHERE b.image_digest IS NOT NULL AND b.ended_at > ${olderThan})
    SELECT digest FROM image WHERE removed_at IS NULL AND created_at < ${olderThan} AND digest NOT IN (SELECT image_digest FROM kept)
    ORDER BY created_at LIMIT ${limit}`;
  return rows.map((row) => row.digest);
}

/** Ports the image exposes, ascending; null when it is not known or was collected. */
export async function readExposedPorts(tx: Tx, digest: string): Promise<readonly number[] | null> {
  const rows = await tx.$queryRaw<
    { ports: number[] }[]
  >`SELECT exposed_ports AS ports FROM image WHERE digest = ${digest} AND removed_at IS NULL`;
  return rows[0]?.ports ?? null;
}
