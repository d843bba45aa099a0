import type { Tx } from '../database.ts';
import { byId, type Listing, when } from './listing.ts';
import { servicePath, toReleaseName, toServiceName } from './names.ts';

const shown = {
  id: true,
  deliveryId: true,
  ref: true,
  commit: true,
  commitMessage: true,
  commitAuthor: true,
  phase: true,
  reason: true,
  message: true,
  hint: true,
  cancelledAt: true,
  reusedBuildId: true,
  imageDigest: true,
  timings: true,
  createdAt: true,
  startedAt: true,
  endedAt: true,
  repository: { select: { id: true, slug: true, fullName: true } },
  targets: {
    select: { serviceId: true, releaseId: true, reason: true, message: true, service: servicePath },
    orderBy: { serviceId: 'asc' },
  },
} as const;

export type BuildView = Awaited<ReturnType<typeof viewBuilds>>[number];

export interface BuildFilter {
  readonly id?: string | null;
  readonly serviceId?: string | null;
  readonly phase?: string | null;
  readonly commit?: string | null;
}

export async function viewBuilds(tx: Tx, filter: BuildFilter, listing: Listing) {
  const { take, orderBy, after } = byId(listing);
  const { serviceId } = filter;
  const target = serviceId ? { targets: { some: { serviceId } } } : {};
  const named = { ...when('id', filter.id), ...when('phase', filter.phase), ...when('commit', filter.commit) };
  const rows = await tx.build.findMany({ where: { ...target, ...named, AND: [after] }, take, orderBy, select: shown });
  const digests = rows.flatMap((row) => row.imageDigest ?? []);
  const images = new Map(
    (await tx.image.findMany({ where: { digest: { in: digests } } })).map((image) => [image.digest, image]),
  );
  const releaseIds = rows.flatMap((row) => row.targets.flatMap((one) => one.releaseId ?? []));
  const found = await tx.release.findMany({ where: { id: { in: releaseIds } }, select: { id: true, number: true } });
  const releases = new Map(found.map((release) => [release.id, toReleaseName(release)]));
  return rows.map(
    ({
      deliveryId,
      cancelledAt,
      reusedBuildId,
      imageDigest,
      commit,
      commitMessage,
      commitAuthor,
      ref,
      targets,
      timings,
      ...row
    }) => ({
      ...row,
      delivery: deliveryId,
      commit: { sha: commit, message: commitMessage, author: commitAuthor, ref },
      cancelled: cancelledAt !== null || row.phase === 'cancelled',
      reusedBuild: reusedBuildId,
      image: imageDigest === null ? null : toImage(imageDigest, images.get(imageDigest)),
      targets: targets.map((one) => ({
        service: toServiceName(one.service),
        release: releases.get(one.releaseId ?? '') ?? null,
        reason: one.reason,
        message: one.message,
      })),
      timings: toNumbers(timings),
    }),
  );
}

export async function viewBuild(tx: Tx, id: string): Promise<BuildView | null> {
  return (await viewBuilds(tx, { id }, { limit: 1, after: null, order: 'newest' }))[0] ?? null;
}

function toImage(
  digest: string,
  image: { sizeBytes: bigint; architecture: string; exposedPorts: number[] } | undefined,
) {
  return {
    digest,
    sizeBytes: image ? Number(image.sizeBytes) : null,
    architecture: image?.architecture ?? null,
    exposedPorts: image?.exposedPorts ?? [],
  };
}

function toNumbers(json: unknown): Record<string, number> {
  const pairs = typeof json === 'object' && json !== null ? Object.entries(json) : [];
  return Object.fromEntries(pairs.filter((pair): pair is [string, number] => typeof pair[1] === 'number'));
}
