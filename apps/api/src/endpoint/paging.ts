import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '@sconce/core';
import type { Listing } from '@sconce/db';
import { ApiError } from './api-error.ts';

/** One page of a list: what to ask the store for, and how its rows become the reply. */
export interface Page {
  /** Asks for one row more than is shown, to learn whether there is a next page. */
  readonly listing: Listing;
  /** Rows shown, and the signed cursor that goes on after the last of them. `keyOf` answers what the store's `after` compares. */
  of<Row, Item>(rows: readonly Row[], keyOf: (row: Row) => string, toItem: (row: Row) => Item): PageOf<Item>;
  /** For pages that are cut by other means. */
  until<Item>(items: readonly Item[], next: string | null): PageOf<Item>;
}

export interface PageOf<Item> {
  readonly data: readonly Item[];
  readonly page: { readonly next: string | null };
}

interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly order?: 'newest' | 'oldest' | undefined;
}

/**
 * A cursor is bound to its list, filters and order: one of another list, or a forged one, is refused before it reaches a store.
 * `scope` is all that the list depends on but its page.
 */
export function openPage(
  key: Uint8Array,
  scope: string,
  query: PageQuery & object,
  defaults: { readonly limit: number },
): Page {
  const { limit = defaults.limit, cursor, order = 'newest', ...filters } = query;
  const bound = canonicalJson([scope, order, withoutTransport(filters)]);
  const after = cursor === undefined ? null : readCursor(key, bound, cursor);
  const until: Page['until'] = (data, next) => ({
    data,
    page: { next: next === null ? null : writeCursor(key, bound, next) },
  });
  return {
    listing: { limit: limit + 1, after, order },
    until,
    of: (rows, keyOf, toItem) => {
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      return until(shown.map(toItem), rows.length > limit && last !== undefined ? keyOf(last) : null);
    },
  };
}

/** Settings of a call that do not change which rows there are. */
function withoutTransport(filters: object): object {
  const { wait: _w, dryRun: _d, tail: _t, ...rest } = filters as Record<string, unknown>;
  return JSON.parse(JSON.stringify(rest)) as object;
}

function writeCursor(key: Uint8Array, bound: string, after: string): string {
  const text = Buffer.from(after, 'utf8');
  return Buffer.concat([sign(key, bound, text), text]).toString('base64url');
}

function readCursor(key: Uint8Array, bound: string, cursor: string): string {
  const bytes = /^[\w-]+$/.test(cursor) ? Buffer.from(cursor, 'base64url') : Buffer.alloc(0);
  const [signature, text] = [bytes.subarray(0, 16), bytes.subarray(16)];
  if (signature.length !== 16 || text.length === 0 || !timingSafeEqual(signature, sign(key, bound, text))) {
    throw new ApiError('cursor_invalid', 'The cursor was not made for this list with these filters', {
      errors: [{ path: 'cursor', code: 'cursor_invalid', message: 'Not a cursor of this list' }],
      hint: 'Begin again without a cursor.',
    });
  }
  return text.toString('utf8');
}

function sign(key: Uint8Array, bound: string, text: Uint8Array): Buffer {
  return createHmac('sha256', key).update(bound).update('\0').update(text).digest().subarray(0, 16);
}
