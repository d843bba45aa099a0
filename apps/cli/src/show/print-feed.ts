import type { Context } from '../context.ts';
import { CliFailure, exitCodes, Interrupted } from '../exit-code.ts';
import { type ListOptions, type Page, readList } from './print-list.ts';

export interface FeedOptions extends ListOptions {
  readonly after?: string;
  readonly follow?: boolean;
}

/** Something that happens again and again: what was, a page at a time and newest first, and what comes. */
export interface Feed<Item> {
  readonly page: (query: { limit: number; cursor?: string }) => Promise<Page<Item>>;
  /** All that comes after a cursor; without one, from now on. */
  readonly stream: (query: { after?: string }) => AsyncIterable<Item>;
}

const shownBefore = '20';

/** What happened, oldest first; with `--follow` also what comes, over cuts and restarts without a gap. Ctrl-C ends it with where to go on. */
export async function printFeed<Item extends { readonly cursor: string | null }>(
  context: Context,
  options: FeedOptions,
  feed: Feed<Item>,
  print: (item: Item) => void,
): Promise<void> {
  refuseLoneAfter(options);
  let last = options.after ?? null;
  try {
    if (!options.after) {
      const { data } = await readList({ ...options, limit: options.limit ?? shownBefore }, feed.page);
      for (const item of [...data].reverse()) print(item);
      last = data[0]?.cursor ?? last;
    }
    if (!options.follow) return;
    for await (const item of feed.stream(last === null ? {} : { after: last })) {
      print(item);
      last = item.cursor ?? last;
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new Interrupted(last === null ? 'Stopped.' : `Stopped. Go on from there: --after ${last}`);
  }
}

/** Pages are gone through from the newest back: only a stream begins somewhere. */
export function refuseLoneAfter({ after, follow }: FeedOptions): void {
  if (after === undefined || follow) return;
  throw new CliFailure('--after says where --follow begins', {
    exitCode: exitCodes.usage,
    code: 'invalid',
    hint: 'Add --follow, or leave --after out.',
  });
}

const remindMs = 30_000;

/** For a stream that comes back by itself: says that it was cut, though not again and again while nothing answers. */
export function tellCut(context: Context): () => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (Date.now() - toldAt <= remindMs) return;
    toldAt = Date.now();
    context.terminal.note('The stream was cut; going on after what was seen last.');
  };
}
