import type { ReleaseSpec } from '@sconce/core';
import type { Tx } from '../database.ts';
import { type Listing, when } from './listing.ts';
import { type ReleaseName, servicePath, toCommit, toReleaseName, toServiceName } from './names.ts';

const shown = {
  id: true,
  number: true,
  buildId: true,
  commit: true,
  commitMessage: true,
  commitAuthor: true,
  ref: true,
  imageDigest: true,
  spec: true,
  cause: true,
  createdBy: true,
  createdAt: true,
  liveAt: true,
  retiredAt: true,
  service: { select: { ...servicePath.select, liveReleaseId: true, desiredReleaseId: true } },
} as const;

export interface ReleaseFilter {
  readonly ids?: readonly string[] | null;
  readonly serviceId?: string | null;
  readonly commit?: string | null;
  readonly wasLive?: boolean | null;
}

export type ReleaseView = Awaited<ReturnType<typeof viewReleases>>[number];

/** The listing's `after` is a release's number. */
export async function viewReleases(tx: Tx, filter: ReleaseFilter, listing: Listing) {
  const newest = listing.order === 'newest';
  const from = listing.after === null ? null : Number(listing.after);
  const after = from === null ? {} : { number: newest ? { lt: from } : { gt: from } };
  const live = filter.wasLive ? { liveAt: { not: null } } : filter.wasLive === false ? { liveAt: null } : {};
  const ids = filter.ids ? { id: { in: [...filter.ids] } } : {};
  const rows = await tx.release.findMany({
    where: { ...ids, ...when('serviceId', filter.serviceId), ...when('commit', filter.commit), ...live, ...after },
    take: listing.limit,
    orderBy: { number: newest ? 'desc' : 'asc' },
    select: shown,
  });
  const digests = [...new Set(rows.map((row) => row.imageDigest))];
  const gone = await tx.image.findMany({
    where: { digest: { in: digests }, removedAt: { not: null } },
    select: { digest: true },
  });
  const collected = new Set(gone.map((image) => image.digest));
  return rows.map((row) => ({
    ...toReleaseName(row),
    service: toServiceName(row.service),
    serviceId: row.service.id,
    build: row.buildId,
    commit: toCommit(row),
    image: { digest: row.imageDigest, collected: collected.has(row.imageDigest) },
    cause: row.cause,
    spec: row.spec as unknown as ReleaseSpec,
    live: row.service.liveReleaseId === row.id,
    desired: row.service.desiredReleaseId === row.id,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    liveAt: row.liveAt,
    retiredAt: row.retiredAt,
  }));
}

export async function viewRelease(tx: Tx, id: string): Promise<ReleaseView | null> {
  return (await viewReleases(tx, { ids: [id] }, { limit: 1, after: null, order: 'newest' }))[0] ?? null;
}

/** Id of a service's release by number, or null. */
export async function findReleaseByNumber(tx: Tx, serviceId: string, number: number): Promise<string | null> {
  const row = await tx.release.findUnique({ where: { serviceId_number: { serviceId, number } }, select: { id: true } });
  return row?.id ?? null;
}

/** Those of `ids` that exist, in no order. */
export async function readReleaseNames(tx: Tx, ids: readonly string[]): Promise<ReleaseName[]> {
  const rows = await tx.release.findMany({ where: { id: { in: [...ids] } }, select: { id: true, number: true } });
  return rows.map(toReleaseName);
}
