import type { BuildStep, ImageLayer } from '@sconce/core';
import type { Tx } from '../database.ts';

/** A build as its steps and layers. */
export interface BuildPartsRow {
  readonly id: string;
  readonly commit: string;
  readonly commitMessage: string;
  readonly commitAuthor: string;
  readonly ref: string | null;
  readonly endedAt: Date | null;
  readonly buildMs: number | null;
  readonly steps: readonly BuildStep[];
  readonly layers: readonly ImageLayer[];
  readonly sizeBytes: number | null;
}

const columns = `b.id, b.commit, b.commit_message AS "commitMessage", b.commit_author AS "commitAuthor", b.ref, b.ended_at AS "endedAt",
  (b.timings ->> 'buildMs')::float8 AS "buildMs", b.steps, COALESCE(i.layers, '[]'::jsonb) AS layers, i.size_bytes::float8 AS "sizeBytes"`;

export async function readBuildParts(tx: Tx, id: string): Promise<BuildPartsRow | null> {
  const rows = await tx.$queryRawUnsafe<BuildPartsRow[]>(
    `SELECT ${columns} FROM build b LEFT JOIN image i ON i.digest = b.image_digest WHERE b.id = $1`,
    id,
  );
  return rows[0] ?? null;
}

/** The newest build before it that made an image for one of its services. Ids are in the order of their making. */
export async function readPartsBefore(tx: Tx, id: string): Promise<BuildPartsRow | null> {
  const rows = await tx.$queryRawUnsafe<BuildPartsRow[]>(
    `SELECT ${columns} FROM build b JOIN image i ON i.digest = b.image_digest
     WHERE b.id < $1 AND b.phase = 'succeeded' AND b.reused_build_id IS NULL AND EXISTS (
       SELECT 1 FROM build_target mine JOIN build_target theirs ON theirs.service_id = mine.service_id
       WHERE mine.build_id = $1 AND theirs.build_id = b.id)
     ORDER BY b.id DESC LIMIT 1`,
    id,
  );
  return rows[0] ?? null;
}

/** Bytes of the newest image that was built from a repository; null: none was. */
export async function readNewestImageBytes(tx: Tx, repositoryId: string): Promise<number | null> {
  const rows = await tx.$queryRaw<{ sizeBytes: number }[]>`
    SELECT i.size_bytes::float8 AS "sizeBytes" FROM build b JOIN image i ON i.digest = b.image_digest
    WHERE b.repository_id = ${repositoryId} AND b.phase = 'succeeded' ORDER BY b.id DESC LIMIT 1`;
  return rows[0]?.sizeBytes ?? null;
}
