import { describe, expect, it } from 'vitest';
import { decideGpuRoom, type GpuPool } from './decide-gpu-room.ts';
import { fitsGpu, isGpuProduct } from './fits-gpu.ts';

describe('isGpuProduct', () => {
  it.each([
    ['NVIDIA A10', 'A10', true],
    ['NVIDIA A100-SXM4-40GB', 'A10', false],
    ['NVIDIA A100-SXM4-40GB', 'a100', true],
    ['NVIDIA H100 80GB HBM3', 'H100-80GB', true],
    ['NVIDIA GeForce RTX 4090', 'rtx4090', true],
    ['NVIDIA GeForce RTX 4090', 'RTX 4090', true],
    ['NVIDIA L40S', 'L40', false],
    ['NVIDIA L4', 'L4', true],
    ['NVIDIA L4', '', false],
    ['NVIDIA L4', '--', false],
    ['NVIDIA H100 80GB HBM3 MIG 1g.10gb', '1g.10gb', true],
  ])('%s asked for as %j: %s', (product, wanted, expected) => {
    expect(isGpuProduct({ product }, wanted)).toBe(expected);
  });
});

const h100 = { product: 'NVIDIA H100 80GB HBM3', memoryMiB: 81_559 };
const l4 = { product: 'NVIDIA L4', memoryMiB: 23_034 };

it('takes another product where one does as well, and sizes as cards are sold', () => {
  const request = { product: 'T4', count: 1, memoryMiB: null };
  expect(fitsGpu(l4, request)).toBe(false);
  expect(fitsGpu(l4, { ...request, alternatives: ['L4'] })).toBe(true);
  expect(fitsGpu(l4, { product: null, count: 1, memoryMiB: 24 * 1024 })).toBe(true);
  expect(fitsGpu(l4, { product: null, count: 1, memoryMiB: 32 * 1024 })).toBe(false);
});

describe('decideGpuRoom', () => {
  const any = (count = 1) => ({ product: null, count, memoryMiB: null });
  const pools: GpuPool[] = [
    { nodes: 2, gpus: [{ ...h100, total: 4 }] },
    { nodes: 1, gpus: [{ ...l4, total: 1 }] },
  ];

  it('has room for what one node can give, whoever holds it now', () => {
    expect(decideGpuRoom('local', pools, any(2))).toBeNull();
    expect(decideGpuRoom('local', pools, { product: 'L4', count: 1, memoryMiB: null })).toBeNull();
  });

  it('says what is there where one replica asks for more than a node has', () => {
    expect(decideGpuRoom('local', pools, any(3))).toEqual({
      reason: 'gpu_insufficient',
      message: 'The cluster local cannot give 3 GPUs to one replica. It has 4 × NVIDIA H100 80GB HBM3, 1 × NVIDIA L4.',
    });
    const message = decideGpuRoom('local', pools, { product: 'A10', count: 1, memoryMiB: 24_576 })?.message;
    expect(message).toContain('cannot give 1 × A10 with 24 GiB each to one replica');
  });

  it('says that there is none', () =>
    expect(decideGpuRoom('local', [{ nodes: 1, gpus: [] }], any())).toEqual({
      reason: 'no_gpu_here',
      message: 'The cluster local has no GPU.',
    }));
});
