import type { Tx } from '../database.ts';
import { appendEvents } from '../events.ts';
import type { BuildTargetRow, BuildTimings } from './build-row.ts';
import type { NewBuild, NewBuildTarget } from './build-store.ts';

export interface TakenOver {
  readonly imageDigest: string;
  /** Build that made the image. */
  readonly reusedBuildId: string;
  readonly timings: BuildTimings;
}

/**
 * A build that takes an equal one's image over, from `queued` to `succeeded` in one step: nobody sees it before its transaction ends. Its
 * events are those of any other build. Answers its targets, ordered by service.
 */
export async function insertReusedBuild(
  tx: Tx,
  build: NewBuild,
  targets: readonly NewBuildTarget[],
  { imageDigest, reusedBuildId, timings }: TakenOver,
): Promise<BuildTargetRow[]> {
  const services = targets.map((target) => ({ service_id: target.serviceId, file_settings: target.fileSettings }));
  const rows = await tx.$queryRaw<BuildTargetRow[]>`
    WITH made AS (
      INSERT INTO build (id, project_id, repository_id, delivery_id, position, ref, commit, commit_message, commit_author, tree, settings,
        settings_hash, build_secrets, no_cache, created_by, phase, claim_epoch, started_at, ended_at, image_digest, reused_build_id, timings)
      VALUES (${build.id}, ${build.projectId}, ${build.repositoryId}, ${build.deliveryId}, ${build.position}, ${build.ref}, ${build.commit},
        ${build.commitMessage}, ${build.commitAuthor}, ${build.tree}, ${JSON.stringify(build.settings)}::jsonb, ${build.settingsHash},
        ${JSON.stringify(build.buildSecrets)}::jsonb, ${build.noCache}, ${build.createdBy}, 'succeeded', 1, now(), now(),
        ${imageDigest}, ${reusedBuildId}, ${JSON.stringify(timings)}::jsonb)
    ), services AS (
      INSERT INTO build_target (build_id, service_id, file_settings)
      SELECT ${build.id}, service_id, file_settings
      FROM jsonb_to_recordset(${JSON.stringify(services)}::jsonb) AS given (service_id text, file_settings jsonb)
      RETURNING build_id, service_id, file_settings
    )
    SELECT t.build_id AS "buildId", t.service_id AS "serviceId", s.slug AS "serviceSlug", s.environment_id AS "environmentId",
      e.slug AS "environmentSlug", NULL AS "releaseId", NULL AS reason, NULL AS message, t.file_settings AS "fileSettings"
    FROM services t JOIN service s ON s.id = t.service_id JOIN environment e ON e.id = s.environment_id ORDER BY t.service_id`;
  const { commit, ref } = build;
  const ended = { commit, ref, reason: null, message: null, imageDigest, reusedBuildId };
  const about = { projectId: build.projectId, subjectId: build.id, actor: build.createdBy };
  const steps = [
    ['build.queued', { commit, ref }],
    ['build.started', { commit, ref }],
    ['build.succeeded', ended],
  ] as const;
  await appendEvents(
    tx,
    steps.flatMap(([type, data]) =>
      rows.map(({ serviceId, environmentId }) => ({ type, ...about, environmentId, serviceId, data })),
    ),
  );
  return rows;
}
