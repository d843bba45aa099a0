import type { Database } from '../database.ts';
import type { NewLogLine } from '../logs.ts';

export interface LogBatch {
  readonly stream: string;
  /** Number of the stream's last line. */
  readonly after: number;
  readonly lines: readonly NewLogLine[];
  /** Where each replica's log goes on once these lines are stored. */
  readonly cursors: ReadonlyMap<string, string>;
}

/** Another writer added to the stream: what was believed of its end is wrong. */
export class LogStreamMoved extends Error {
  override readonly name = 'LogStreamMoved';
}

const uniqueViolation = '23505';

/**
 * Stores lines and the cursors up to which they were read in one statement, so that none is lost or stored twice, and announces them.
 * By hand, since it runs a hundred times a second. @throws LogStreamMoved
 */
export async function appendLogBatch(db: Database, batch: LogBatch): Promise<void> {
  const lines = JSON.stringify(batch.lines);
  const ids = [...batch.cursors.keys()];
  const cursors = [...batch.cursors.values()];
  const last = batch.after + batch.lines.length;
  try {
    await db.pool.query({
      name: 'append-log-batch',
      text: statement,
      values: [batch.stream, batch.after + 1, last, lines, lines.length, ids, cursors],
    });
  } catch (cause) {
    if (!(cause instanceof Error) || (cause as { code?: string }).code !== uniqueViolation) throw cause;
    throw new LogStreamMoved(`Line ${batch.after + 1} of ${batch.stream} was written by another`, { cause });
  }
}

const statement = `
  WITH chunk AS (INSERT INTO log_chunk (stream, first_line, last_line, lines, bytes) VALUES ($1, $2, $3, $4::jsonb, $5)),
  cursors AS (
    INSERT INTO log_cursor (replica_id, stream, cursor) SELECT replica, $1, cursor FROM unnest($6::text[], $7::text[]) AS read (replica, cursor)
    ON CONFLICT (replica_id) DO UPDATE SET cursor = EXCLUDED.cursor, updated_at = now())
  SELECT pg_notify('sconce_log', $1)`;

/** Cursors of replicas that were not read for a day and are not there any more. */
export async function forgetOldLogCursors(db: Database): Promise<void> {
  await db.pool.query(
    `DELETE FROM log_cursor WHERE updated_at < now() - interval '1 day' AND replica_id NOT IN (SELECT id FROM replica)`,
  );
}
