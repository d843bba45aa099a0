import { newId } from '@sconce/foundation';
import type { AuditEventRow } from './audit/audit-store.ts';
import type { Tx } from './database.ts';

export interface NewEvent {
  /** `build.succeeded`, past tense. */
  readonly type: string;
  readonly projectId: string | null;
  readonly environmentId?: string | null;
  readonly serviceId?: string | null;
  readonly subjectId: string;
  readonly data?: object;
  /** `usr_...`, `tok_...`, `github:octocat`, or null for the platform itself. */
  readonly actor?: string | null;
}

export interface StoredEvent {
  /** Where to resume: opaque, `<txid>.<position>`. */
  readonly cursor: string;
  readonly id: string;
  readonly type: string;
  readonly projectId: string | null;
  readonly environmentId: string | null;
  readonly serviceId: string | null;
  readonly subjectId: string;
  readonly data: object;
  readonly actor: string | null;
  readonly at: Date;
}

/** Call it in the transaction of the move it tells of. */
export async function appendEvent(tx: Tx, event: NewEvent): Promise<void> {
  await appendEvents(tx, [event]);
}

/** Several facts of one move, in order, in one round trip. */
export async function appendEvents(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event, place) => ({
    place,
    id: newId('evt'),
    type: event.type,
    project_id: event.projectId,
    environment_id: event.environmentId ?? null,
    service_id: event.serviceId ?? null,
    subject_id: event.subjectId,
    data: event.data ?? {},
    actor: event.actor ?? null,
  }));
  await tx.$queryRaw`
    WITH happened AS (
      INSERT INTO event (id, type, project_id, environment_id, service_id, subject_id, data, actor)
      SELECT id, type, project_id, environment_id, service_id, subject_id, data, actor
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS given (place int, id text, type text, project_id text,
        environment_id text, service_id text, subject_id text, data jsonb, actor text)
      ORDER BY place RETURNING 1)
    SELECT pg_notify('sconce_event', '')::text FROM happened LIMIT 1`;
}

/** The cursor before which everything is visible to everyone: where a stream of new events starts. */
export async function eventHorizon(tx: Tx): Promise<string> {
  const rows = await tx.$queryRaw<
    { cursor: string }[]
  >`SELECT (pg_snapshot_xmin(pg_current_snapshot())::text || '.0') AS cursor`;
  return rows[0]?.cursor ?? '0.0';
}

/** A row of the audit log as streams tell of it: what it says stands in `data`. */
export const auditRecorded = 'audit.recorded';

/** `data` of an `audit.recorded`. */
export type AuditFacts = Pick<
  AuditEventRow,
  'tokenId' | 'userId' | 'action' | 'target' | 'status' | 'code' | 'address' | 'requestId' | 'data'
>;

/**
 * Events and rows of the audit log after `cursor`, oldest first, none skipped ever: positions are given out before commit, so only rows of
 * transactions older than every running one are read, in the order (txid, position). Both take their positions from one sequence.
 */
export async function readStream(tx: Tx, cursor: string, limit: number): Promise<StoredEvent[]> {
  const match = /^(\d{1,20})\.(\d{1,19})$/.exec(cursor);
  const [txid, position] = match ? [match[1] ?? '0', BigInt(match[2] ?? '0')] : ['0', 0n];
  return tx.$queryRaw<StoredEvent[]>`
    SELECT txid::text || '.' || position::text AS cursor, id, type, project_id AS "projectId", environment_id AS "environmentId",
      service_id AS "serviceId", subject_id AS "subjectId", data, actor, at
    FROM (
      (SELECT txid, position, id, type, project_id, environment_id, service_id, subject_id, data, actor, at
        FROM event
        WHERE (txid, position) > (${txid}::xid8, ${position}) AND txid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY txid, position LIMIT ${limit})
      UNION ALL
      (SELECT txid, stream_position, id, ${auditRecorded}::text, project_id, NULL, NULL, COALESCE(target, id),
          jsonb_build_object('tokenId', token_id, 'userId', user_id, 'action', action, 'target', target, 'status', status, 'code', code,
            'address', address, 'requestId', request_id, 'data', data), COALESCE(user_id, token_id), at
        FROM audit_event
        WHERE (txid, stream_position) > (${txid}::xid8, ${position}) AND txid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY txid, stream_position LIMIT ${limit})
    ) AS happened ORDER BY txid, position LIMIT ${limit}`;
}
