import type { EnvironmentId, ProjectId, ReleaseId, ServiceId, SettingsLayer } from '@sconce/core';
import type { Tx } from '../database.ts';

/** A service as the verbs that change its desired state need it; its row is locked until the transaction ends. */
export interface LockedService {
  readonly id: ServiceId;
  readonly slug: string;
  readonly environmentId: EnvironmentId;
  readonly projectId: ProjectId;
  readonly settings: SettingsLayer;
  /** `FileSettings` as stored. */
  readonly fileSettings: object;
  readonly secretGroups: readonly string[];
  readonly generation: number;
  readonly desiredReleaseId: ReleaseId | null;
  readonly liveReleaseId: ReleaseId | null;
  readonly nextReleaseNumber: number;
  readonly deployedPosition: bigint;
  readonly pinnedAt: Date | null;
}

/** Null when it is not there, or deleted, or its environment or project is. Others that change it wait. */
export async function lockServiceToDeploy(tx: Tx, serviceId: string): Promise<LockedService | null> {
  const rows = await tx.$queryRaw<LockedService[]>`
    SELECT s.id, s.slug, s.environment_id AS "environmentId", e.project_id AS "projectId", s.settings, s.file_settings AS "fileSettings",
      s.secret_groups AS "secretGroups", s.generation, s.desired_release_id AS "desiredReleaseId", s.live_release_id AS "liveReleaseId",
      s.next_release_number AS "nextReleaseNumber", s.deployed_position AS "deployedPosition", s.pinned_at AS "pinnedAt"
    FROM service s JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
    WHERE s.id = ${serviceId} AND s.deleted_at IS NULL AND e.deleted_at IS NULL AND p.deleted_at IS NULL
    FOR UPDATE OF s`;
  return rows[0] ?? null;
}

/** Points the service at a release, under a new generation. Answers that generation. */
export async function setDesiredRelease(tx: Tx, serviceId: string, releaseId: ReleaseId | null): Promise<number> {
  const rows = await tx.$queryRaw<{ generation: number }[]>`
    UPDATE service SET desired_release_id = ${releaseId}, generation = generation + 1, version = version + 1 WHERE id = ${serviceId} RETURNING generation`;
  const [row] = rows;
  if (!row) throw new Error(`Service ${serviceId} was gone when its desired release was set`);
  return row.generation;
}

/** Compare-and-set: true when `before` was live until now. */
export async function setLiveRelease(
  tx: Tx,
  serviceId: string,
  before: ReleaseId | null,
  after: ReleaseId,
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE service SET live_release_id = ${after}, version = version + 1 WHERE id = ${serviceId} AND live_release_id IS NOT DISTINCT FROM ${before}`;
  return changed === 1;
}

export async function setPin(
  tx: Tx,
  serviceId: string,
  pin: { readonly at: Date; readonly reason: string } | null,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE service SET pinned_at = ${pin?.at ?? null}, pinned_reason = ${pin?.reason ?? null}, version = version + 1 WHERE id = ${serviceId}`;
}
