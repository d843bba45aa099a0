import { rolloutEnds } from '@sconce/core';
import type { Tx } from '../database.ts';
import { byId, type Listing, when } from './listing.ts';
import { servicePath, toReleaseName, toServiceName } from './names.ts';

const shown = {
  id: true,
  generation: true,
  cause: true,
  phase: true,
  strategy: true,
  pauseRequested: true,
  reason: true,
  message: true,
  lastLines: true,
  createdBy: true,
  createdAt: true,
  preparedAt: true,
  shiftedAt: true,
  liveAt: true,
  endedAt: true,
  watchUntil: true,
  fromReleaseId: true,
  service: servicePath,
  release: { select: { id: true, number: true } },
} as const;

export interface RolloutFilter {
  readonly id?: string | null;
  readonly serviceIds?: readonly string[] | null;
  readonly releaseId?: string | null;
  readonly active?: boolean;
}

export type RolloutView = Awaited<ReturnType<typeof viewRollouts>>[number];

export async function viewRollouts(tx: Tx, filter: RolloutFilter, listing: Listing) {
  const { take, orderBy, after } = byId(listing);
  const active = filter.active ? { phase: { notIn: [...rolloutEnds] } } : {};
  const services = filter.serviceIds ? { serviceId: { in: [...filter.serviceIds] } } : {};
  const named = { ...when('id', filter.id), ...when('releaseId', filter.releaseId) };
  const rows = await tx.rollout.findMany({
    where: { ...services, ...named, ...active, AND: [after] },
    take,
    orderBy,
    select: shown,
  });
  const ids = rows.flatMap((row) => row.fromReleaseId ?? []);
  const found = await tx.release.findMany({ where: { id: { in: ids } }, select: { id: true, number: true } });
  const releases = new Map(found.map((release) => [release.id, toReleaseName(release)]));
  return rows.map(({ fromReleaseId, pauseRequested, lastLines, ...row }) => ({
    ...row,
    service: toServiceName(row.service),
    release: toReleaseName(row.release),
    from: releases.get(fromReleaseId ?? '') ?? null,
    paused: row.phase === 'paused' || pauseRequested,
    lastLines: Array.isArray(lastLines) ? (lastLines as object[]) : [],
  }));
}

export async function viewRollout(tx: Tx, id: string): Promise<RolloutView | null> {
  return (await viewRollouts(tx, { id }, { limit: 1, after: null, order: 'newest' }))[0] ?? null;
}
