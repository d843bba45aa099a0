import type { KnownPackages, PackageList } from '@sconce/core';
import type { Tx } from '../database.ts';

export interface ImageToRead {
  readonly digest: string;
  /** From 1. */
  readonly tries: number;
}

/**
 * Takes the newest image whose packages are not known, for `leaseMs`; null when there is none to read now. An image whose release is on its way
 * waits until it is there, and all wait while anything is being built or rolled out: nobody waits for a list, and somebody waits for
 * those. One that came within a day waits for others 10 minutes at most, so that a busy installation knows its packages, too.
 */
export async function claimImageToRead(tx: Tx, leaseMs: number): Promise<ImageToRead | null> {
  const rows = await tx.$queryRaw<ImageToRead[]>`
    WITH moving AS (
      SELECT 1 FROM build WHERE phase IN ('queued', 'running')
      UNION ALL SELECT 1 FROM rollout WHERE phase IN ('pending', 'preparing', 'shifting', 'aborting')),
    next AS (
      SELECT i.digest FROM image i LEFT JOIN image_packages p ON p.digest = i.digest
      WHERE i.removed_at IS NULL AND (p.digest IS NULL OR (p.list IS NULL AND p.reason IS NULL AND p.look_at <= now()))
        AND NOT EXISTS (SELECT 1 FROM release r JOIN rollout o ON o.release_id = r.id
          WHERE r.image_digest = i.digest AND o.phase IN ('pending', 'preparing', 'shifting', 'aborting'))
        AND (NOT EXISTS (SELECT 1 FROM moving) OR i.created_at BETWEEN now() - interval '1 day' AND now() - interval '10 minutes')
      ORDER BY i.created_at DESC LIMIT 1)
    INSERT INTO image_packages AS kept (digest, tries, look_at)
    SELECT digest, 1, now() + ${leaseMs} * interval '1 millisecond' FROM next
    ON CONFLICT (digest) DO UPDATE SET tries = kept.tries + 1, look_at = EXCLUDED.look_at
      WHERE kept.list IS NULL AND kept.reason IS NULL AND kept.look_at <= now()
    RETURNING digest, tries`;
  return rows[0] ?? null;
}

/** False when it is known already: somebody else was quicker. */
export async function putPackageList(tx: Tx, digest: string, list: PackageList): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE image_packages SET list = ${JSON.stringify(list)}::jsonb, reason = NULL, read_at = now() WHERE digest = ${digest} AND list IS NULL`;
  return changed > 0;
}

/** It is not tried again. */
export async function giveUpPackages(tx: Tx, digest: string, reason: 'image_missing' | 'unreadable'): Promise<void> {
  await tx.$executeRaw`UPDATE image_packages SET reason = ${reason} WHERE digest = ${digest} AND list IS NULL`;
}

export async function postponePackages(tx: Tx, digest: string, forMs: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE image_packages SET look_at = now() + ${forMs} * interval '1 millisecond' WHERE digest = ${digest} AND list IS NULL`;
}

/** The newest release that each service has of the image. */
export async function readReleasesOfImage(
  tx: Tx,
  digest: string,
): Promise<{ id: string; number: number; serviceId: string; environmentId: string; projectId: string }[]> {
  return tx.$queryRaw`
    SELECT DISTINCT ON (r.service_id) r.id, r.number, r.service_id AS "serviceId", s.environment_id AS "environmentId", e.project_id AS "projectId"
    FROM release r JOIN service s ON s.id = r.service_id JOIN environment e ON e.id = s.environment_id
    WHERE r.image_digest = ${digest} AND s.deleted_at IS NULL ORDER BY r.service_id, r.number DESC`;
}

/** What is known of an image's packages, or why nothing is. */
export async function readKnownPackages(tx: Tx, digest: string): Promise<KnownPackages> {
  const rows = await tx.$queryRaw<
    { list: PackageList | null; reason: 'image_missing' | 'unreadable' | null; removed: boolean }[]
  >`SELECT p.list, p.reason, i.removed_at IS NOT NULL AS removed
    FROM image i LEFT JOIN image_packages p ON p.digest = i.digest WHERE i.digest = ${digest}`;
  const [row] = rows;
  if (row === undefined) return { known: false, reason: 'image_unknown' };
  if (row.list !== null) return { known: true, list: row.list };
  return { known: false, reason: row.removed ? 'image_collected' : (row.reason ?? 'not_read_yet') };
}
