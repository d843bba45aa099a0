import type { Tx } from '../database.ts';
import type { StoredEvent } from '../events.ts';
import { type Listing, when } from './listing.ts';

export interface EventHistoryFilter {
  /** Null: of the whole installation. */
  readonly projectIds: readonly string[] | null;
  /** Of events of no project, those that this person caused are theirs to see. */
  readonly ownOf?: string | null;
  readonly environmentId?: string | null;
  readonly serviceId?: string | null;
  readonly subjectId?: string | null;
  readonly actor?: string | null;
  /** `build.succeeded`, or `build` for all of its kind. */
  readonly type?: string | null;
}

/** What happened, by position: for looking back. Streams use `readStream`, which never skips one that commits late. */
export async function readEventHistory(
  tx: Tx,
  filter: EventHistoryFilter,
  listing: Listing,
): Promise<(StoredEvent & { position: bigint })[]> {
  const newest = listing.order === 'newest';
  const from = listing.after === null ? null : BigInt(listing.after);
  const after = from === null ? {} : { position: newest ? { lt: from } : { gt: from } };
  const own = filter.ownOf ? [{ projectId: null, actor: filter.ownOf }] : [];
  const projects = filter.projectIds === null ? {} : { OR: [{ projectId: { in: [...filter.projectIds] } }, ...own] };
  const named = {
    ...when('environmentId', filter.environmentId),
    ...when('serviceId', filter.serviceId),
    ...when('subjectId', filter.subjectId),
    ...when('actor', filter.actor),
  };
  const rows = await tx.event.findMany({
    where: { ...projects, ...named, ...typeIs(filter.type), ...after },
    take: listing.limit,
    orderBy: { position: newest ? 'desc' : 'asc' },
  });
  const ids = rows.map((row) => row.position);
  const cursors = await tx.$queryRaw<{ position: bigint; cursor: string }[]>`
    SELECT position, txid::text || '.' || position::text AS cursor FROM event WHERE position = ANY(${ids})`;
  const byPosition = new Map(cursors.map((row) => [row.position, row.cursor]));
  return rows.map((row) => ({
    ...row,
    data: (row.data ?? {}) as object,
    cursor: byPosition.get(row.position) ?? `0.${row.position}`,
  }));
}

/** For streams: nobody did them, and they say nothing by themselves. Who asks for them gets them. */
const packagesRead = 'release.packages_read';
const hidden = ['cluster.changed', packagesRead];

function typeIs(type: string | null | undefined) {
  if (!type) return { type: { notIn: hidden } };
  return { type: type.includes('.') ? type : { startsWith: `${type}.`, not: packagesRead } };
}
