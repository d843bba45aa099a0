import type { Context, GlobalOptions } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';
import { table } from '../terminal/table.ts';

export interface Page<Item> {
  readonly data: readonly Item[];
  readonly page: { readonly next: string | null };
}

export interface ListOptions extends GlobalOptions {
  readonly limit?: string;
}

const largestPage = 200;

/** Reads as many as `--limit` says (default 50, `all` for all), over as many pages as it takes. */
export async function readList<Item>(
  options: ListOptions,
  read: (query: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const wanted = limitOf(options.limit);
  const data: Item[] = [];
  for (let cursor: string | null = null; ; ) {
    const limit = Math.min(largestPage, wanted - data.length);
    const reply: Page<Item> = await read({ limit, ...(cursor === null ? {} : { cursor }) });
    data.push(...reply.data);
    cursor = reply.page.next;
    if (cursor === null || data.length >= wanted) return { data, page: { next: cursor } };
  }
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return 50;
  if (text === 'all') return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new CliFailure('--limit wants a whole number from 1, or `all`', { exitCode: exitCodes.usage, code: 'invalid' });
}

/** A list as it is asked for: the API's JSON, one name a line, or a table. */
export function printList<Item>(
  context: Context,
  options: GlobalOptions,
  reply: Page<Item>,
  how: {
    /** What to say when there is none. */
    readonly empty: string;
    readonly head?: readonly string[];
    readonly row: (item: Item, nowMs: number) => readonly string[];
    /** What other commands take for it. */
    readonly name: (item: Item) => string;
  },
): void {
  const { terminal } = context;
  const { data, page } = reply;
  if (options.json) terminal.json(reply);
  else if (terminal.quiet) for (const item of data) terminal.line(how.name(item));
  else if (data.length === 0) terminal.line(how.empty);
  else {
    const now = Date.now();
    const head = how.head ? [how.head.map(terminal.colours.dim)] : [];
    for (const line of table([...head, ...data.map((item) => how.row(item, now))])) terminal.line(line);
    if (page.next !== null) terminal.note('There are more: --limit all');
  }
}
