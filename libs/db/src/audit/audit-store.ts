import { newId } from '@sconce/foundation';
import type { Tx } from '../database.ts';
import { type Listing, when } from '../read-models/listing.ts';

export interface NewAuditEvent {
  readonly tokenId: string | null;
  readonly userId: string | null;
  readonly projectId: string | null;
  /** The endpoint's name. */
  readonly action: string;
  readonly target: string | null;
  readonly status: number;
  readonly code: string | null;
  readonly address: string | null;
  readonly requestId: string;
  /** What was asked for beyond the target. */
  readonly data: object;
}

export interface AuditEventRow extends NewAuditEvent {
  readonly position: bigint;
  /** Where it stands in streams, as `StoredEvent.cursor`; null in rows from before there was one. */
  readonly cursor: string | null;
  readonly id: string;
  readonly at: Date;
}

/** Announced as events are: streams tell of both. */
export async function insertAuditEvent(tx: Tx, event: NewAuditEvent): Promise<void> {
  await tx.$queryRaw`
    WITH written AS (
      INSERT INTO audit_event (id, token_id, user_id, project_id, action, target, status, code, address, request_id, data)
      VALUES (${newId('evt')}, ${event.tokenId}, ${event.userId}, ${event.projectId}, ${event.action}, ${event.target}, ${event.status},
        ${event.code}, ${event.address}, ${event.requestId}, ${JSON.stringify(event.data)}::jsonb)
      RETURNING 1)
    SELECT pg_notify('sconce_event', '')::text FROM written`;
}

/** The listing's `after` is a position. */
export async function listAuditEvents(
  tx: Tx,
  filter: { readonly projectId?: string | null; readonly action?: string | null; readonly userId?: string | null },
  listing: Listing,
): Promise<AuditEventRow[]> {
  const newest = listing.order === 'newest';
  const from = listing.after === null ? null : BigInt(listing.after);
  const after = from === null ? {} : { position: newest ? { lt: from } : { gt: from } };
  const named = {
    ...when('projectId', filter.projectId),
    ...when('action', filter.action),
    ...when('userId', filter.userId),
  };
  const rows = await tx.auditEvent.findMany({
    where: { ...named, ...after },
    take: listing.limit,
    orderBy: { position: newest ? 'desc' : 'asc' },
    omit: { streamPosition: true },
  });
  const ids = rows.map((row) => row.position);
  const cursors = await tx.$queryRaw<{ position: bigint; cursor: string | null }[]>`
    SELECT position, txid::text || '.' || stream_position::text AS cursor FROM audit_event WHERE position = ANY(${ids})`;
  const cursorOf = new Map(cursors.map((row) => [row.position, row.cursor]));
  return rows.map((row) => ({ ...row, data: row.data as object, cursor: cursorOf.get(row.position) ?? null }));
}
