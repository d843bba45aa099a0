import { buildEnds, rolloutEnds } from '@sconce/core';
import type { Tx } from '../database.ts';
import { byId, type Listing, when } from './listing.ts';
import { type CommitName, type ReleaseName, servicePath, toCommit, toReleaseName, toServiceName } from './names.ts';

const shown = {
  id: true,
  slug: true,
  name: true,
  repository: { select: { id: true, slug: true, fullName: true } },
  environment: { select: { id: true, slug: true, project: { select: { id: true, slug: true } } } },
  settings: true,
  fileSettings: true,
  buildSettings: true,
  secretGroups: true,
  generation: true,
  desiredReleaseId: true,
  liveReleaseId: true,
  pinnedAt: true,
  pinnedReason: true,
  version: true,
  createdAt: true,
} as const;

export interface ServiceFilter {
  readonly id?: string | null;
  readonly projectIds?: readonly string[] | null;
  readonly environmentId?: string | null;
  readonly repositoryId?: string | null;
  readonly slug?: string | null;
}

export interface ShownRelease {
  readonly release: ReleaseName;
  readonly commit: CommitName | null;
  readonly since: Date;
  readonly spec: unknown;
  /** The release that owns the replicas it runs on. */
  readonly replicaSetId: string;
}

export interface RolloutGlance {
  readonly id: string;
  readonly phase: string;
  readonly cause: string;
  readonly release: ReleaseName;
  readonly reason: string | null;
  readonly message: string | null;
  readonly since: Date;
  readonly ended: boolean;
}

export interface BuildGlance {
  readonly id: string;
  readonly phase: string;
  readonly commit: CommitName;
  readonly reason: string | null;
  readonly message: string | null;
  readonly hint: string | null;
  readonly since: Date;
  readonly ended: boolean;
}

export type ServiceView = Awaited<ReturnType<typeof viewServices>>[number];

/** Services with all that a person asks first: what is live, what should be, what is under way and why it waits. A fixed number of statements. */
export async function viewServices(tx: Tx, filter: ServiceFilter, listing: Listing) {
  const { take, orderBy, after } = byId(listing);
  const projects = filter.projectIds ? { environment: { projectId: { in: [...filter.projectIds] } } } : {};
  const named = {
    ...when('id', filter.id),
    ...when('environmentId', filter.environmentId),
    ...when('repositoryId', filter.repositoryId),
    ...when('slug', filter.slug),
  };
  const rows = await tx.service.findMany({
    where: { deletedAt: null, ...projects, ...named, AND: [after] },
    take,
    orderBy,
    select: shown,
  });
  const ids = rows.map((row) => row.id);
  const releases = await shownReleases(tx, rows);
  const [rollouts, builds, replicas] = [
    await newestRollouts(tx, ids),
    await newestBuilds(tx, ids),
    await replicaCounts(tx, ids),
  ];
  return rows.map(({ desiredReleaseId, liveReleaseId, pinnedAt, pinnedReason, ...row }) => ({
    ...row,
    path: toServiceName(row).path,
    project: row.environment.project,
    environment: { id: row.environment.id, slug: row.environment.slug },
    live: releases.get(liveReleaseId ?? '') ?? null,
    desired: releases.get(desiredReleaseId ?? '') ?? null,
    pinned: pinnedAt === null ? null : { since: pinnedAt, reason: pinnedReason },
    rollout: rollouts.get(row.id) ?? null,
    build: builds.get(row.id) ?? null,
    replicas: replicas.get(row.id) ?? [],
  }));
}

/** Names alone, of the services that `viewServices` would answer. */
export async function listServiceNames(
  tx: Tx,
  filter: Pick<ServiceFilter, 'projectIds' | 'environmentId'>,
  listing: Listing,
): Promise<{ readonly id: string; readonly path: string }[]> {
  const { take, orderBy, after } = byId(listing);
  const projects = filter.projectIds ? { environment: { projectId: { in: [...filter.projectIds] } } } : {};
  const rows = await tx.service.findMany({
    where: { deletedAt: null, ...projects, ...when('environmentId', filter.environmentId), AND: [after] },
    take,
    orderBy,
    ...servicePath,
  });
  return rows.map(toServiceName);
}

export async function readServicePath(
  tx: Tx,
  id: string,
): Promise<{ readonly id: string; readonly path: string } | null> {
  const row = await tx.service.findUnique({ where: { id }, ...servicePath });
  return row === null ? null : toServiceName(row);
}

export async function viewService(tx: Tx, id: string): Promise<ServiceView | null> {
  return (await viewServices(tx, { id }, { limit: 1, after: null, order: 'newest' }))[0] ?? null;
}

interface Pointing {
  readonly desiredReleaseId: string | null;
  readonly liveReleaseId: string | null;
}

/** Since when: a live release since it last became so, any other since it was made. */
async function shownReleases(tx: Tx, rows: readonly Pointing[]): Promise<Map<string, ShownRelease>> {
  const ids = [...new Set(rows.flatMap((row) => [row.desiredReleaseId ?? [], row.liveReleaseId ?? []].flat()))];
  const releases = await tx.release.findMany({
    where: { id: { in: ids } },
    select: {
      id: true,
      number: true,
      commit: true,
      commitMessage: true,
      commitAuthor: true,
      ref: true,
      createdAt: true,
      spec: true,
      replicaSetId: true,
    },
  });
  const moments = await tx.rollout.groupBy({
    by: ['releaseId'],
    where: { releaseId: { in: ids }, liveAt: { not: null } },
    _max: { liveAt: true },
  });
  const liveSince = new Map(moments.map((moment) => [moment.releaseId, moment._max.liveAt]));
  return new Map(
    releases.map((row) => [
      row.id,
      {
        release: toReleaseName(row),
        commit: toCommit(row),
        since: liveSince.get(row.id) ?? row.createdAt,
        spec: row.spec,
        replicaSetId: row.replicaSetId,
      },
    ]),
  );
}

async function newestRollouts(tx: Tx, serviceIds: readonly string[]): Promise<Map<string, RolloutGlance>> {
  const rows = await tx.$queryRaw<
    (Omit<RolloutGlance, 'release' | 'ended'> & { serviceId: string; releaseId: string; number: number })[]
  >`
    SELECT DISTINCT ON (o.service_id) o.service_id AS "serviceId", o.id, o.phase, o.cause, o.reason, o.message,
      COALESCE(o.ended_at, o.live_at, o.shifted_at, o.prepared_at, o.created_at) AS since, r.id AS "releaseId", r.number
    FROM rollout o JOIN release r ON r.id = o.release_id
    WHERE o.service_id = ANY(${[...serviceIds]}) ORDER BY o.service_id, o.generation DESC`;
  return new Map(
    rows.map(({ serviceId, releaseId, number, ...row }) => [
      serviceId,
      {
        ...row,
        release: toReleaseName({ id: releaseId, number }),
        ended: (rolloutEnds as readonly string[]).includes(row.phase),
      },
    ]),
  );
}

async function newestBuilds(tx: Tx, serviceIds: readonly string[]): Promise<Map<string, BuildGlance>> {
  const rows = await tx.$queryRaw<
    (Omit<BuildGlance, 'commit' | 'ended'> & {
      serviceId: string;
      sha: string;
      commitMessage: string;
      commitAuthor: string;
      ref: string | null;
    })[]
  >`
    SELECT DISTINCT ON (t.service_id) t.service_id AS "serviceId", b.id, b.phase, COALESCE(t.reason, b.reason) AS reason,
      COALESCE(t.message, b.message) AS message, b.hint, b.commit AS sha, b.commit_message AS "commitMessage", b.commit_author AS "commitAuthor", b.ref,
      COALESCE(b.ended_at, b.started_at, b.created_at) AS since
    FROM build_target t JOIN build b ON b.id = t.build_id
    WHERE t.service_id = ANY(${[...serviceIds]}) ORDER BY t.service_id, b.id DESC`;
  return new Map(
    rows.map(({ serviceId, sha, commitMessage, commitAuthor, ref, ...row }) => [
      serviceId,
      {
        ...row,
        commit: { sha, message: commitMessage, author: commitAuthor, ref },
        ended: (buildEnds as readonly string[]).includes(row.phase),
      },
    ]),
  );
}

export interface ReplicaCount {
  /** Release that owns the replicas; later ones with an equal spec share them. */
  readonly releaseId: string;
  readonly ready: number;
  readonly total: number;
  readonly observedAt: Date;
  readonly reason: string | null;
  readonly message: string | null;
}

/**
 * Per service, by the release that owns the replicas; reason and message of one that is not ready, or that has to leave its node. What was lost with its node
 * is nothing to wait for.
 */
async function replicaCounts(tx: Tx, serviceIds: readonly string[]): Promise<Map<string, ReplicaCount[]>> {
  const rows = await tx.$queryRaw<(ReplicaCount & { serviceId: string })[]>`
    SELECT service_id AS "serviceId", release_id AS "releaseId", COUNT(*) FILTER (WHERE health = 'ready')::int AS ready,
      COUNT(*) FILTER (WHERE health <> 'exited')::int AS total, MAX(observed_at) AS "observedAt",
      (array_agg(reason ORDER BY reason = 'node_leaving' DESC, created_at DESC) FILTER (WHERE reason IS NOT NULL))[1] AS reason,
      (array_agg(message ORDER BY reason = 'node_leaving' DESC, created_at DESC) FILTER (WHERE reason IS NOT NULL))[1] AS message
    FROM replica WHERE service_id = ANY(${[...serviceIds]}) AND reason IS DISTINCT FROM 'node_lost' GROUP BY service_id, release_id`;
  const byService = new Map<string, ReplicaCount[]>();
  for (const { serviceId, ...count } of rows) byService.set(serviceId, [...(byService.get(serviceId) ?? []), count]);
  return byService;
}
