import type { Tx } from '../database.ts';
import { type Listing, when } from './listing.ts';

const shown = {
  id: true,
  position: true,
  host: true,
  hostDelivery: true,
  event: true,
  repositoryId: true,
  ref: true,
  commit: true,
  actor: true,
  phase: true,
  outcome: true,
  reason: true,
  message: true,
  receivedAt: true,
  processedAt: true,
} as const;

export interface DeliveryFilter {
  readonly id?: string | null;
  readonly projectId?: string | null;
  readonly repositoryId?: string | null;
  readonly outcome?: string | null;
  readonly ref?: string | null;
  /** The commit, or the beginning of it. */
  readonly commit?: string | null;
}

export type DeliveryView = Awaited<ReturnType<typeof viewDeliveries>>[number];

/** The listing's `after` is a position. Raw bodies are not read. */
export async function viewDeliveries(tx: Tx, filter: DeliveryFilter, listing: Listing) {
  const newest = listing.order === 'newest';
  const from = listing.after === null ? null : BigInt(listing.after);
  const after = from === null ? {} : { position: newest ? { lt: from } : { gt: from } };
  const { projectId, repositoryId } = filter;
  const known = await tx.repository.findMany({
    where: { ...when('projectId', projectId), ...when('id', repositoryId) },
    select: { id: true, slug: true, fullName: true },
  });
  const ids = known.map((one) => one.id);
  const waiting = projectId ? await findWaitingPushes(tx, ids) : new Map<string, string>();
  const inProject =
    projectId || repositoryId ? { OR: [{ repositoryId: { in: ids } }, { id: { in: [...waiting.keys()] } }] } : {};
  const named = { ...when('id', filter.id), ...when('outcome', filter.outcome), ...when('ref', filter.ref) };
  const commit = filter.commit ? { commit: { startsWith: filter.commit } } : {};
  const rows = await tx.delivery.findMany({
    where: { ...inProject, ...named, ...commit, ...after },
    take: listing.limit,
    orderBy: { position: newest ? 'desc' : 'asc' },
    select: shown,
  });
  const deliveryIds = rows.map((row) => row.id);
  const builds = await tx.build.findMany({
    where: { deliveryId: { in: deliveryIds } },
    select: { id: true, phase: true, deliveryId: true },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ repositoryId: id, ...row }) => ({
    ...row,
    repository: known.find((one) => one.id === (id ?? waiting.get(row.id))) ?? null,
    builds: builds
      .filter((build) => build.deliveryId === row.id)
      .map((build) => ({ id: build.id, phase: build.phase })),
  }));
}

/** Pushes to built-in repositories that were received and wait to be processed: their rows do not name the repository yet. */
async function findWaitingPushes(tx: Tx, repositoryIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.$queryRaw<{ id: string; repository: string }[]>`
    SELECT id, repository FROM (
      SELECT id, convert_from(body, 'UTF8')::jsonb ->> 'repository' AS repository FROM delivery
      WHERE phase = 'received' AND host = 'builtin' AND repository_id IS NULL ORDER BY position DESC LIMIT 1000) waiting
    WHERE repository = ANY(${[...repositoryIds]})`;
  return new Map(rows.map((row) => [row.id, row.repository]));
}

export async function viewDelivery(tx: Tx, id: string): Promise<DeliveryView | null> {
  const row = await tx.delivery.findUnique({ where: { id }, select: { repositoryId: true } });
  if (!row?.repositoryId) return null;
  return (
    (await viewDeliveries(tx, { id, repositoryId: row.repositoryId }, { limit: 1, after: null, order: 'newest' }))[0] ??
    null
  );
}
