import { expect, it } from 'vitest';
import { type GpuHolder, nameGpuHolders } from './name-gpu-holders.ts';

const holder = (path: string | null, gpus: number, quietMinutes: number | null = 0): GpuHolder => ({
  path,
  gpus,
  quietMs: quietMinutes === null ? null : quietMinutes * 60_000,
});

it.each([
  [[], null],
  [[holder('shop/staging/ocr', 2, 400)], '`shop/staging/ocr` holds 2 and had no request for 6 h.'],
  [[holder('shop/staging/ocr', 1, 9)], '`shop/staging/ocr` holds 1.'],
  [[holder('shop/staging/ocr', 1, null)], '`shop/staging/ocr` holds 1.'],
  [
    [holder('a/b/busy', 1), holder('a/b/days', 1, 5_000), holder(null, 2), holder(null, 1, 9_000)],
    '`a/b/days` holds 1 and had no request for 3 d; `a/b/busy` holds 1; services of other projects hold 3.',
  ],
  [[holder(null, 1)], 'Services of other projects hold 1.'],
  [
    ['one', 'two', 'three', 'four', 'five'].map((slug) => holder(`a/b/${slug}`, 2)),
    '`a/b/one` holds 2; `a/b/two` holds 2; `a/b/three` holds 2; other services of this project hold 4.',
  ],
] as const)('%j: %s', (holders, words) => expect(nameGpuHolders(holders)).toBe(words));
