import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPage } from './paging.ts';

const key = Buffer.alloc(32, 7);
const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `id-${index}` }));
const pageOf = (query: object, count: number, scope = 'list', signed = key) =>
  openPage(signed, scope, query, { limit: 2 }).of(
    rows(count),
    (row) => row.id,
    (row) => row.id,
  );

describe('openPage', () => {
  it('shows what was asked for, and knows of a next page by the row behind it', () => {
    expect(pageOf({}, 2)).toEqual({ data: ['id-0', 'id-1'], page: { next: null } });
    expect(pageOf({}, 3)).toMatchObject({ data: ['id-0', 'id-1'], page: { next: expect.any(String) } });
  });

  it('goes on where the cursor says, whatever was in the key', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' }), (after) => {
        const { page } = openPage(key, 'list', {}, { limit: 1 }).of(
          [after, 'x'],
          (row) => row,
          (row) => row,
        );
        expect(openPage(key, 'list', { cursor: page.next ?? '' }, { limit: 1 }).listing.after).toBe(after);
      }),
    );
  });

  it('takes no cursor of another list, filter, order or installation, and none that was changed', () => {
    const next = pageOf({}, 3).page.next ?? '';
    const refused = { code: 'cursor_invalid' };
    const attempt =
      (query: object, scope = 'list', signed = key) =>
      () =>
        openPage(signed, scope, { cursor: next, ...query }, { limit: 2 });
    expect(attempt({})).not.toThrow();
    expect(attempt({ limit: 7, wait: 5 })).not.toThrow();
    expect(attempt({}, 'other')).toThrow(expect.objectContaining(refused));
    expect(attempt({ slug: 'x' })).toThrow(expect.objectContaining(refused));
    expect(attempt({ order: 'oldest' })).toThrow(expect.objectContaining(refused));
    expect(attempt({}, 'list', Buffer.alloc(32, 8))).toThrow(expect.objectContaining(refused));
    fc.assert(
      fc.property(fc.nat(next.length - 1), fc.constantFrom('A', 'b', '-', '_', '9'), (at, other) => {
        const changed = next.slice(0, at) + other + next.slice(at + 1);
        // Base64url has more than one text for the same bytes: the last letter carries unused bits.
        if (Buffer.from(changed, 'base64url').equals(Buffer.from(next, 'base64url'))) return;
        expect(attempt({ cursor: changed })).toThrow(expect.objectContaining(refused));
      }),
    );
    for (const cursor of ['', 'x', '=', '../..', 'A'.repeat(22), '🕯'])
      expect(attempt({ cursor })).toThrow(expect.objectContaining(refused));
  });
});
