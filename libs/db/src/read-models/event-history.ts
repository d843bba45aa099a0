import type { Tx } from '../database.ts';
import type { StoredEvent } from '../events.ts';
import { type Listing, when } from './listing.ts';

export interface EventHistoryFilter {
  /** Null: of the whole installation. */
  readonly projectIds: readonly string[] | null;
  readonly environmentId?: string | null;
  readonly serviceId?: string | null;
  readonly subjectId?: string | null;
  /** `build.succeeded`, or `build` for all of its kind. */
  readonly type?: string | null;
}

/** What happened, by position: for looking back. Streams use `readEvents`, which never skips one that commits late. */
export async function readEventHistory(
  tx: Tx,
  filter: EventHistoryFilter,
  listing: Listing,
): Promise<(StoredEvent & { position: bigint })[]> {
  const newest = listing.order === 'newest';
  const from = listing.after === null ? null : BigInt(listing.after);
  const after = from === null ? {} : { position: newest ? { lt: from } : { gt: from } };
  const projects = filter.projectIds === null ? {} : { projectId: { in: [...filter.projectIds] } };
  const named = {
    ...when('environmentId', filter.environmentId),
    ...when('serviceId', filter.serviceId),
    ...when('subjectId', filter.subjectId),
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

function typeIs(type: string | null | undefined) {
  if (!type) return {};
  return { type: type.includes('.') ? type : { startsWith: `${type}.` } };
}
