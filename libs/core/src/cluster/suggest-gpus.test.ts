import { expect, it } from 'vitest';
import { type Shortage, suggestGpus } from './suggest-gpus.ts';

const hour = 3_600_000;
const pool = (product: string, total: number, free: number, nodes = 1, memoryMiB = 23_028) => ({
  nodes,
  gpus: [{ product, memoryMiB, total, free }],
});
const quiet = { path: 'shop/staging/ocr', gpus: 2, quietMs: 6 * hour };
const suggest = (change: Partial<Shortage>) =>
  suggestGpus({
    request: { product: 'A10', count: 1, memoryMiB: null },
    replicas: 1,
    pools: [pool('NVIDIA A10', 3, 0)],
    holders: [],
    ...change,
  });

it('names the service that nobody asked for longest, and the kind that is free', () => {
  const pools = [pool('NVIDIA A10', 3, 0), pool('Tesla T4', 2, 2)];
  const holders = [{ ...quiet, path: 'shop/staging/tts', quietMs: hour }, quiet];
  expect(suggest({ pools, holders })).toBe(
    'Ask for Tesla T4, which is free, or delete `shop/staging/ocr` if it is not needed any more.',
  );
  expect(suggest({ holders })).toBe('Delete `shop/staging/ocr` if it is not needed any more.');
});

it('names nobody who is asked, whom the reader may not know, or who may hold another kind', () => {
  expect(suggest({ holders: [{ ...quiet, quietMs: 60_000 }] })).toBeNull();
  expect(suggest({ holders: [{ ...quiet, quietMs: null }] })).toBeNull();
  expect(suggest({ holders: [{ ...quiet, path: null }] })).toBeNull();
  const pools = [pool('NVIDIA A10', 3, 0), pool('Tesla T4', 2, 1)];
  expect(suggest({ pools, holders: [quiet] })).toBe('Ask for Tesla T4, which is free.');
});

it('offers no kind that has too little memory, too few on one node, or too few free', () => {
  const t4 = (total: number, free: number, nodes: number) => [pool('Tesla T4', total, free, nodes, 15_109)];
  expect(suggest({ pools: t4(2, 2, 1), request: { product: 'A10', count: 1, memoryMiB: 24_576 } })).toBeNull();
  expect(suggest({ pools: t4(2, 2, 2), request: { product: 'A10', count: 2, memoryMiB: null } })).toBeNull();
  expect(suggest({ pools: t4(2, 1, 1), replicas: 2 })).toBeNull();
});
