import { describe, expect, it } from 'vitest';
import { gpuOffers, gpuWords, shortGpu } from './gpu-words.ts';

it.each([
  ['NVIDIA H100 80GB HBM3', 'H100'],
  ['NVIDIA A100-SXM4-40GB', 'A100'],
  ['NVIDIA GeForce RTX 4090', 'RTX 4090'],
  ['Tesla T4', 'T4'],
  ['NVIDIA H100 80GB HBM3 MIG 1g.10gb', 'MIG 1g.10gb'],
])('%s is %s for short', (product, short) => expect(shortGpu(product)).toBe(short));

it('says what is asked for', () => {
  expect(gpuWords({ product: 'NVIDIA L4', count: 2, memoryMiB: null })).toBe('L4 × 2');
  expect(gpuWords({ product: null, count: 1, memoryMiB: 24_576 })).toBe('any GPU with 24 GiB × 1');
});

describe('what a replica can be given', () => {
  const h100 = { product: 'NVIDIA H100 80GB HBM3', memoryMiB: 81_559 };

  it('is what one node holds, of all pools together', () => {
    const offers = gpuOffers([
      { nodes: 2, gpus: [{ ...h100, total: 8, free: 3 }] },
      { nodes: 1, gpus: [{ ...h100, total: 2, free: 2 }] },
    ]);
    expect(offers.map(({ request, total, free }) => [request.product, request.count, free, total])).toEqual([
      ['H100', 1, 5, 10],
      ['H100', 2, 5, 10],
      ['H100', 4, 5, 10],
    ]);
    expect(gpuOffers([{ nodes: 1, gpus: [] }])).toEqual([]);
  });

  it('names more where the short name would mean another card too', () => {
    const slice = { product: 'NVIDIA H100 80GB HBM3 MIG 1g.10gb', memoryMiB: 10_240, total: 1, free: 1 };
    const [whole, part] = gpuOffers([{ nodes: 1, gpus: [{ ...h100, total: 1, free: 1 }, slice] }]);
    expect(whole?.request).toEqual({ product: 'NVIDIA H100 80GB HBM3', count: 1, memoryMiB: 81_559 });
    expect(part?.request).toEqual({ product: 'MIG 1g.10gb', count: 1, memoryMiB: null });
  });
});
