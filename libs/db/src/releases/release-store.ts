import type { ReleaseId, ReleaseSpec, ServiceId } from '@sconce/core';
import type { Tx } from '../database.ts';

export interface ReleaseRow {
  readonly id: ReleaseId;
  readonly serviceId: ServiceId;
  readonly number: number;
  readonly buildId: string | null;
  readonly commit: string | null;
  readonly commitMessage: string;
  readonly commitAuthor: string;
  readonly ref: string | null;
  readonly imageDigest: string;
  readonly spec: ReleaseSpec;
  readonly specHash: string;
  readonly replicaSetId: ReleaseId;
  readonly cause: string;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly liveAt: Date | null;
  readonly retiredAt: Date | null;
}

/** Writes a release, and what it changes on its service. Of those, `position` only ever rises. Hold the service's row. */
export async function insertRelease(
  tx: Tx,
  release: Omit<ReleaseRow, 'liveAt' | 'retiredAt'>,
  change: { readonly fileSettings: object; readonly position: bigint | null },
): Promise<void> {
  await tx.$executeRaw`
    WITH numbered AS (
      UPDATE service SET next_release_number = next_release_number + 1, file_settings = ${JSON.stringify(change.fileSettings)}::jsonb,
        deployed_position = GREATEST(deployed_position, ${change.position ?? 0n})
      WHERE id = ${release.serviceId})
    INSERT INTO release (id, service_id, number, build_id, commit, commit_message, commit_author, ref, image_digest, spec, spec_hash,
      replica_set_id, cause, created_by, created_at)
    VALUES (${release.id}, ${release.serviceId}, ${release.number}, ${release.buildId}, ${release.commit}, ${release.commitMessage},
      ${release.commitAuthor}, ${release.ref}, ${release.imageDigest}, ${JSON.stringify(release.spec)}::jsonb, ${release.specHash},
      ${release.replicaSetId}, ${release.cause}, ${release.createdBy}, ${release.createdAt})`;
}

/** Those of `ids` that exist, in no order. */
export async function readReleases(tx: Tx, ids: readonly string[]): Promise<ReleaseRow[]> {
  if (ids.length === 0) return [];
  return tx.$queryRaw<ReleaseRow[]>`
    SELECT id, service_id AS "serviceId", number, build_id AS "buildId", commit, commit_message AS "commitMessage",
      commit_author AS "commitAuthor", ref, image_digest AS "imageDigest", spec, spec_hash AS "specHash", replica_set_id AS "replicaSetId",
      cause, created_by AS "createdBy", created_at AS "createdAt", live_at AS "liveAt", retired_at AS "retiredAt"
    FROM release WHERE id = ANY(${[...ids]})`;
}

export async function readRelease(tx: Tx, id: string): Promise<ReleaseRow | null> {
  const [row] = await readReleases(tx, [id]);
  return row ?? null;
}

/** `liveAt` is the first time it was live; it stops being retired. What was live until now is retired. */
export async function markReleaseLive(tx: Tx, id: ReleaseId, before: ReleaseId | null, at: Date): Promise<void> {
  await tx.$executeRaw`
    UPDATE release SET live_at = CASE WHEN id = ${id} THEN COALESCE(live_at, ${at}) ELSE live_at END,
      retired_at = CASE WHEN id = ${id} THEN NULL ELSE ${at}::timestamptz END
    WHERE id = ANY(${before === null ? [id] : [id, before]})`;
}

export interface LiveMomentRow {
  readonly release: ReleaseId;
  readonly cause: string;
}

/** Every time a release of the service became live, oldest first; the newest `limit` of them. */
export async function readLiveMoments(tx: Tx, serviceId: string, limit = 500): Promise<LiveMomentRow[]> {
  return tx.$queryRaw<LiveMomentRow[]>`
    SELECT release, cause FROM (
      SELECT release_id AS release, cause, live_at FROM rollout WHERE service_id = ${serviceId} AND live_at IS NOT NULL ORDER BY live_at DESC LIMIT ${limit}) newest
    ORDER BY live_at`;
}
