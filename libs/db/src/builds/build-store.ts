import { type BuildPhase, type BuildStep, buildMoves, type Reason } from '@sconce/core';
import type { Tx } from '../database.ts';
import { appendEvents } from '../events.ts';
import { type BuildRow, type BuildTargetRow, type BuildTimings, buildColumns } from './build-row.ts';

export type NewBuild = Pick<
  BuildRow,
  | 'id'
  | 'projectId'
  | 'repositoryId'
  | 'deliveryId'
  | 'position'
  | 'ref'
  | 'commit'
  | 'commitMessage'
  | 'commitAuthor'
  | 'tree'
  | 'settings'
  | 'settingsHash'
  | 'buildSecrets'
  | 'noCache'
  | 'createdBy'
>;

export interface NewBuildTarget {
  readonly serviceId: string;
  readonly environmentId: string;
  readonly fileSettings: object;
}

/** A service that a build is for. */
export interface BuildPlace {
  readonly serviceId: string;
  readonly environmentId: string;
}

/** How a build ends; only what is said is written. */
export interface BuildEnd {
  readonly reason?: Reason | null;
  readonly message?: string | null;
  readonly hint?: string | null;
  readonly tree?: string;
  readonly imageDigest?: string;
  readonly reusedBuildId?: string | null;
  readonly timings?: BuildTimings;
  /** What each step was and took; absent leaves what is known. */
  readonly steps?: readonly BuildStep[];
}

/** A queued build with its targets, events and, unless `run` is false, the message that has it run. */
export async function insertBuild(
  tx: Tx,
  build: NewBuild,
  targets: readonly NewBuildTarget[],
  { run = true }: { readonly run?: boolean } = {},
): Promise<void> {
  const services = targets.map((target) => ({ service_id: target.serviceId, file_settings: target.fileSettings }));
  await tx.$queryRaw`
    WITH made AS (
      INSERT INTO build (id, project_id, repository_id, delivery_id, position, ref, commit, commit_message, commit_author, tree, settings,
        settings_hash, build_secrets, no_cache, created_by)
      VALUES (${build.id}, ${build.projectId}, ${build.repositoryId}, ${build.deliveryId}, ${build.position}, ${build.ref}, ${build.commit},
        ${build.commitMessage}, ${build.commitAuthor}, ${build.tree}, ${JSON.stringify(build.settings)}::jsonb, ${build.settingsHash},
        ${JSON.stringify(build.buildSecrets)}::jsonb, ${build.noCache}, ${build.createdBy})
      RETURNING id
    ), services AS (
      INSERT INTO build_target (build_id, service_id, file_settings)
      SELECT ${build.id}, service_id, file_settings
      FROM jsonb_to_recordset(${JSON.stringify(services)}::jsonb) AS given (service_id text, file_settings jsonb)
    ), lines AS (
      INSERT INTO outbox (message, payload, key)
      SELECT 'run-build', jsonb_build_object('build', id), id FROM made WHERE ${run}
    )
    SELECT pg_notify('sconce_outbox', '')::text FROM made WHERE ${run}`;
  await appendBuildEvents(tx, 'build.queued', build, targets, { commit: build.commit, ref: build.ref });
}

export async function readBuild(tx: Tx, id: string): Promise<BuildRow | null> {
  const rows = await tx.$queryRawUnsafe<BuildRow[]>(`SELECT ${buildColumns} FROM build b WHERE b.id = $1`, id);
  return rows[0] ?? null;
}

export async function readBuildTargets(tx: Tx, buildId: string): Promise<BuildTargetRow[]> {
  return tx.$queryRaw<BuildTargetRow[]>`
    SELECT t.build_id AS "buildId", t.service_id AS "serviceId", s.slug AS "serviceSlug", s.environment_id AS "environmentId",
      e.slug AS "environmentSlug", t.release_id AS "releaseId", t.reason, t.message, t.file_settings AS "fileSettings"
    FROM build_target t JOIN service s ON s.id = t.service_id JOIN environment e ON e.id = s.environment_id
    WHERE t.build_id = ${buildId} ORDER BY t.service_id`;
}

export async function settleBuildTarget(
  tx: Tx,
  target: Pick<BuildTargetRow, 'buildId' | 'serviceId' | 'releaseId' | 'reason' | 'message'>,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE build_target SET release_id = ${target.releaseId}, reason = ${target.reason}, message = ${target.message}
    WHERE build_id = ${target.buildId} AND service_id = ${target.serviceId}`;
}

/**
 * Ends a build, with its events. `epoch` is the claim that says so; null for those that nobody runs.
 * `targets` saves reading them where they are known. False: somebody else moved it, or took the claim; leave everything as it is.
 */
export async function endBuild(
  tx: Tx,
  build: Pick<BuildRow, 'id' | 'projectId' | 'repositoryId' | 'commit' | 'ref'>,
  move: { readonly from: BuildPhase; readonly to: BuildPhase; readonly epoch: number | null },
  end: BuildEnd = {},
  targets: readonly BuildPlace[] | null = null,
): Promise<boolean> {
  if (!buildMoves[move.from].includes(move.to))
    throw new Error(`A build does not move from ${move.from} to ${move.to}`);
  // Each service's own answer to "what became of my push" is written along, unless the build succeeded: then releases answer.
  const changed = await tx.$queryRaw<object[]>`
    WITH ended AS (
      UPDATE build SET phase = ${move.to}, ended_at = now(), claimed_by = NULL, claim_until = NULL,
        reason = ${end.reason ?? null}, message = ${end.message ?? null}, hint = ${end.hint ?? null},
        tree = COALESCE(${end.tree ?? null}, tree), image_digest = ${end.imageDigest ?? null},
        reused_build_id = ${end.reusedBuildId ?? null}, timings = timings || ${JSON.stringify(end.timings ?? {})}::jsonb,
        steps = COALESCE(${end.steps ? JSON.stringify(end.steps) : null}::jsonb, steps)
      WHERE id = ${build.id} AND phase = ${move.from} AND (${move.epoch}::int IS NULL OR claim_epoch = ${move.epoch})
      RETURNING id, reason, message
    ), answered AS (
      UPDATE build_target t SET reason = COALESCE(t.reason, ended.reason), message = COALESCE(t.message, ended.message)
      FROM ended WHERE t.build_id = ended.id AND ${move.to !== 'succeeded'}
    )
    SELECT id FROM ended`;
  if (changed.length === 0) return false;
  const { reason = null, message = null, imageDigest = null, reusedBuildId = null } = end;
  const data = { commit: build.commit, ref: build.ref, reason, message, imageDigest, reusedBuildId };
  await appendBuildEvents(tx, `build.${move.to}`, build, targets ?? (await readBuildTargets(tx, build.id)), data);
  return true;
}

/** One event for each service the build is for, so that each one's timeline has it; one without a service when there is none. */
export async function appendBuildEvents(
  tx: Tx,
  type: string,
  build: Pick<BuildRow, 'id' | 'projectId'> & { readonly createdBy?: string | null },
  targets: readonly BuildPlace[],
  data: object,
): Promise<void> {
  const places = targets.length > 0 ? targets : [{ serviceId: null, environmentId: null }];
  const about = { projectId: build.projectId, subjectId: build.id, actor: build.createdBy ?? null };
  await appendEvents(
    tx,
    places.map(({ serviceId, environmentId }) => ({ type, ...about, environmentId, serviceId, data })),
  );
}

/** A position of its own for a build that no push asked for: newer than all before it. */
export async function nextBuildPosition(tx: Tx): Promise<bigint> {
  const rows = await tx.$queryRaw<{ position: bigint }[]>`SELECT nextval('delivery_position_seq') AS position`;
  const position = rows[0]?.position;
  if (position === undefined) throw new Error('The sequence of positions gave none');
  return position;
}

export interface QueuedBuild {
  readonly id: string;
  readonly projectId: string;
  readonly repositoryId: string;
  readonly commit: string;
  readonly ref: string | null;
  readonly position: bigint;
  readonly serviceIds: readonly string[];
}

/** Queued builds of older pushes to a ref, locked: no worker takes one while the transaction decides over it. */
export async function lockOlderQueuedBuilds(
  tx: Tx,
  repositoryId: string,
  ref: string,
  position: bigint,
): Promise<QueuedBuild[]> {
  return tx.$queryRaw<QueuedBuild[]>`
    SELECT b.id, b.project_id AS "projectId", b.repository_id AS "repositoryId", b.commit, b.ref, b.position,
      ARRAY(SELECT service_id FROM build_target WHERE build_id = b.id) AS "serviceIds"
    FROM build b
    WHERE b.repository_id = ${repositoryId} AND b.ref = ${ref} AND b.phase = 'queued' AND b.position < ${position} AND b.delivery_id IS NOT NULL
    ORDER BY b.id FOR UPDATE`;
}
