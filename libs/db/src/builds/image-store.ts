import type { Tx } from '../database.ts';

export interface ImageRow {
  readonly digest: string;
  readonly repository: string | null;
  readonly buildId: string;
  readonly sizeBytes: number;
  readonly architecture: string;
  readonly exposedPorts: readonly number[];
  readonly layers: readonly object[];
}

/** Equal images come from different builds; the first one keeps it. One that was collected stands again. */
export async function putImage(tx: Tx, image: ImageRow): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO image (digest, repository, build_id, size_bytes, architecture, exposed_ports, layers)
    VALUES (${image.digest}, ${image.repository}, ${image.buildId}, ${BigInt(image.sizeBytes)}, ${image.architecture},
      ${[...image.exposedPorts]}::int[], ${JSON.stringify(image.layers)}::jsonb)
    ON CONFLICT (digest) DO UPDATE SET removed_at = NULL, build_id = CASE WHEN image.removed_at IS NULL THEN image.build_id ELSE EXCLUDED.build_id END`;
}

export interface ReusableImage {
  readonly digest: string;
  readonly buildId: string;
}

/** Newest images built in this repository from an equal tree with equal settings and secrets, as far as they were not collected. */
export async function findReusableImages(
  tx: Tx,
  repositoryId: string,
  tree: string,
  settingsHash: string,
): Promise<ReusableImage[]> {
  return tx.$queryRaw<ReusableImage[]>`
    SELECT digest, "buildId" FROM (
      SELECT DISTINCT ON (i.digest) i.digest, b.id AS "buildId", b.ended_at
      FROM build b JOIN image i ON i.digest = b.image_digest
      WHERE b.tree = ${tree} AND b.settings_hash = ${settingsHash} AND b.repository_id = ${repositoryId} AND b.phase = 'succeeded'
        AND b.reused_build_id IS NULL AND i.removed_at IS NULL
      ORDER BY i.digest, b.ended_at DESC) standing
    ORDER BY ended_at DESC LIMIT 3`;
}

/** The registry said that it is not there any more. */
export async function markImageRemoved(tx: Tx, digest: string): Promise<void> {
  await tx.$executeRaw`UPDATE image SET removed_at = now() WHERE digest = ${digest} AND removed_at IS NULL`;
}
