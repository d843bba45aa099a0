import type { LogLine } from '@sconce/core';
import type { Tx } from '../database.ts';
import type { NewLogLine } from '../logs.ts';

/** Lines before number `before`, newest first; whole chunks, so it may answer more than `limit` by less than a chunk. */
export async function readLogLinesBefore(tx: Tx, stream: string, before: number, limit: number): Promise<LogLine[]> {
  const chunks = await tx.$queryRaw<{ first: bigint; lines: NewLogLine[] }[]>`
    SELECT first_line AS first, lines FROM log_chunk WHERE stream = ${stream} AND first_line < ${BigInt(before)}
    ORDER BY first_line DESC LIMIT ${Math.max(1, Math.min(limit, 500))}`;
  const lines: LogLine[] = [];
  for (const chunk of chunks) {
    if (lines.length >= limit) break;
    const first = Number(chunk.first);
    for (let index = chunk.lines.length - 1; index >= 0; index -= 1) {
      const line = chunk.lines[index];
      if (line && first + index < before) lines.push({ line: first + index, ...line });
    }
  }
  return lines;
}
