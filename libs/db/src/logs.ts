import type { LogLine } from '@sconce/core';
import type { Tx } from './database.ts';

export type NewLogLine = Omit<LogLine, 'line'>;

/** Number of the stream's last line, 0 when it has none. */
export async function lastLogLine(tx: Tx, stream: string): Promise<number> {
  const rows = await tx.$queryRaw<
    { last: bigint | null }[]
  >`SELECT last_line AS last FROM log_chunk WHERE stream = ${stream} ORDER BY first_line DESC LIMIT 1`;
  return Number(rows[0]?.last ?? 0);
}

/**
 * Adds a chunk after line `after`. Numbers are handed out by the one writer; a second writer of the same stream fails on the key
 * instead of interleaving. Answers the last line's number.
 */
export async function appendLogChunk(
  tx: Tx,
  stream: string,
  after: number,
  lines: readonly NewLogLine[],
): Promise<number> {
  if (lines.length === 0) return after;
  const json = JSON.stringify(lines);
  await tx.$queryRaw`
    WITH added AS (
      INSERT INTO log_chunk (stream, first_line, last_line, lines, bytes)
      VALUES (${stream}, ${BigInt(after + 1)}, ${BigInt(after + lines.length)}, ${json}::jsonb, ${json.length}) RETURNING stream)
    SELECT pg_notify('sconce_log', stream)::text FROM added`;
  return after + lines.length;
}

/** Lines after number `after`, oldest first; whole chunks, so it may answer more than `limit` by less than a chunk. */
export async function readLogLines(tx: Tx, stream: string, after: number, limit: number): Promise<LogLine[]> {
  const chunks = await tx.$queryRaw<{ first: bigint; lines: NewLogLine[] }[]>`
    SELECT first_line AS first, lines FROM log_chunk WHERE stream = ${stream} AND last_line > ${BigInt(after)} ORDER BY first_line LIMIT ${Math.max(1, Math.min(limit, 500))}`;
  const lines: LogLine[] = [];
  for (const chunk of chunks) {
    if (lines.length >= limit) break;
    const first = Number(chunk.first);
    chunk.lines.forEach((line, index) => {
      if (first + index > after) lines.push({ line: first + index, ...line });
    });
  }
  return lines;
}

/** The last `count` lines, oldest first. */
export async function readLastLogLines(tx: Tx, stream: string, count: number): Promise<LogLine[]> {
  const last = await lastLogLine(tx, stream);
  return readLogLines(tx, stream, Math.max(0, last - count), count);
}

/** Keeps the newest `keepBytes` of a stream, whole chunks. */
export async function trimLog(tx: Tx, stream: string, keepBytes: number): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM log_chunk WHERE stream = ${stream} AND first_line IN (
      SELECT first_line FROM (SELECT first_line, SUM(bytes) OVER (ORDER BY first_line DESC) AS kept FROM log_chunk WHERE stream = ${stream}) sized WHERE kept > ${keepBytes})`;
}

export async function readLogCursor(tx: Tx, replicaId: string): Promise<string | null> {
  const rows = await tx.$queryRaw<{ cursor: string }[]>`SELECT cursor FROM log_cursor WHERE replica_id = ${replicaId}`;
  return rows[0]?.cursor ?? null;
}

/** Written in the transaction of the lines that were read up to it: none is lost or stored twice. */
export async function writeLogCursor(tx: Tx, replicaId: string, stream: string, cursor: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO log_cursor (replica_id, stream, cursor) VALUES (${replicaId}, ${stream}, ${cursor})
    ON CONFLICT (replica_id) DO UPDATE SET cursor = EXCLUDED.cursor, updated_at = now()`;
}

export async function forgetLogCursor(tx: Tx, replicaId: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM log_cursor WHERE replica_id = ${replicaId}`;
}
