import type { Tx } from '../database.ts';
import { byId, type Listing } from './listing.ts';
import { toReleaseName } from './names.ts';

const hasLeftWords =
  'Takes no new requests: it finishes what it began, then stands by for a rollback until the new release is trusted.';

export type ReplicaView = Awaited<ReturnType<typeof viewReplicas>>[number];

export async function viewReplicas(tx: Tx, serviceId: string, listing: Listing) {
  const { take, orderBy, after } = byId(listing);
  const rows = await tx.replica.findMany({
    where: { serviceId, ...after },
    take,
    orderBy,
    omit: { host: true, port: true, serviceId: true, seen: true, healthSince: true, unroutedAt: true },
  });
  const ids = [...new Set(rows.map((row) => row.releaseId))];
  const found = await tx.release.findMany({ where: { id: { in: ids } }, select: { id: true, number: true } });
  const releases = new Map(found.map((release) => [release.id, toReleaseName(release)]));
  return rows.flatMap(({ releaseId, routed, unroutedVersion, ...row }) => {
    const release = releases.get(releaseId);
    const hasLeft = row.health === 'ready' && !routed && unroutedVersion !== null;
    return release ? [{ ...row, message: row.message ?? (hasLeft ? hasLeftWords : null), release }] : [];
  });
}
