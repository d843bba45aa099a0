import type { LogLevel, LogLine } from '@sconce/core';
import { readLogLines, readLogLinesBefore } from '@sconce/db';
import type { Call } from '../endpoint/call.ts';
import { createLineNamer } from './name-releases.ts';

export type LogFilter = (line: LogLine) => boolean;

interface Wanted {
  readonly text?: string | undefined;
  readonly level?: readonly LogLevel[] | undefined;
  readonly replica?: string | undefined;
  readonly release: string | null;
}

export function makeLogFilter(wanted: Wanted): LogFilter {
  const text = wanted.text?.toLowerCase();
  const { level, replica, release } = wanted;
  return (line) =>
    (text === undefined || line.text.toLowerCase().includes(text)) &&
    (level === undefined || (line.level !== null && level.includes(line.level))) &&
    (replica === undefined || line.replica === replica) &&
    (release === null || line.release === release);
}

/** At most so many lines are looked through for one page; a filter that matches little gives short pages, each with a next one. */
const mostScanned = 20_000;

/** One page of history, newest first unless asked otherwise. */
export async function readLogPage(
  call: Pick<Call, 'deps' | 'page'> & { readonly query: { readonly after?: number | undefined } },
  stream: string,
  filter: LogFilter,
) {
  const { listing, until } = call.page;
  const limit = listing.limit - 1;
  const newest = listing.order === 'newest' && call.query.after === undefined;
  let position =
    listing.after !== null ? Number(listing.after) : newest ? Number.MAX_SAFE_INTEGER : (call.query.after ?? 0);
  const found: LogLine[] = [];
  const named = createLineNamer(call.deps.db.tx);
  for (let scanned = 0; scanned < mostScanned; ) {
    const { tx } = call.deps.db;
    const lines = newest
      ? await readLogLinesBefore(tx, stream, position, 500)
      : await readLogLines(tx, stream, position, 500);
    const last = lines.at(-1);
    if (last === undefined) return until(await named(found), null);
    for (const line of lines) {
      position = line.line;
      if (filter(line)) found.push(line);
      if (found.length === limit) return until(await named(found), String(position));
    }
    scanned += lines.length;
  }
  return until(await named(found), String(position));
}
