import { describe, expect, it } from 'vitest';
import { chooseGpus, describeGpus } from './choose-gpus.ts';
import { parseNvidiaSmi } from './parse-nvidia-smi.ts';

const h100s = `index, uuid, name, memory.total [MiB]
0, GPU-0b2f1a63-7f2e-0d43-9d53-3a1f0f1f2a10, NVIDIA H100 80GB HBM3, 81559 MiB
1, GPU-5c1de6a2-22aa-4f0e-8d3b-9b8f2cfe7711, NVIDIA H100 80GB HBM3, 81559 MiB
`;
const mixed = `index, uuid, name, memory.total [MiB]
0, GPU-aaaaaaaa-0000-0000-0000-000000000001, NVIDIA A10, 23028 MiB
1, GPU-aaaaaaaa-0000-0000-0000-000000000002, NVIDIA A100-SXM4-40GB, 40960 MiB
2, GPU-aaaaaaaa-0000-0000-0000-000000000003, Tesla T4, 15360 MiB
`;
const h200 = `index, uuid, name, memory.total [MiB]
0, GPU-6f263078-db1c-ef99-ea1c-632f15046016, NVIDIA H200, 143771 MiB
`;
const migList = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-0b2f1a63-7f2e-0d43-9d53-3a1f0f1f2a10)
  MIG 3g.40gb     Device  0: (UUID: MIG-3a2b1c00-1111-5222-8333-444455556666)
  MIG 1g.10gb     Device  1: (UUID: MIG-3a2b1c00-1111-5222-8333-444455557777)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-5c1de6a2-22aa-4f0e-8d3b-9b8f2cfe7711)
`;

describe('parseNvidiaSmi', () => {
  it('reads whole cards', () => {
    expect(parseNvidiaSmi(h100s)).toEqual([
      { id: 'GPU-0b2f1a63-7f2e-0d43-9d53-3a1f0f1f2a10', product: 'NVIDIA H100 80GB HBM3', memoryMiB: 81_559 },
      { id: 'GPU-5c1de6a2-22aa-4f0e-8d3b-9b8f2cfe7711', product: 'NVIDIA H100 80GB HBM3', memoryMiB: 81_559 },
    ]);
    expect(parseNvidiaSmi(h200, 'GPU 0: NVIDIA H200 (UUID: GPU-6f263078-db1c-ef99-ea1c-632f15046016)\n')).toHaveLength(
      1,
    );
  });

  it('puts the slices of a card in its place', () => {
    expect(parseNvidiaSmi(h100s, migList)).toEqual([
      {
        id: 'MIG-3a2b1c00-1111-5222-8333-444455556666',
        product: 'NVIDIA H100 80GB HBM3 MIG 3g.40gb',
        memoryMiB: 40_960,
      },
      {
        id: 'MIG-3a2b1c00-1111-5222-8333-444455557777',
        product: 'NVIDIA H100 80GB HBM3 MIG 1g.10gb',
        memoryMiB: 10_240,
      },
      { id: 'GPU-5c1de6a2-22aa-4f0e-8d3b-9b8f2cfe7711', product: 'NVIDIA H100 80GB HBM3', memoryMiB: 81_559 },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['no devices', 'No devices were found\n'],
    [
      'a driver that does not answer',
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
    ],
    ['a lost card', 'index, uuid, name, memory.total [MiB]\n0, [Unknown Error], [Unknown Error], [Unknown Error]\n'],
  ])('makes nothing of %s', (_, text) => {
    expect(parseNvidiaSmi(text)).toEqual([]);
  });

  it('does not know the memory where the driver does not say', () => {
    expect(parseNvidiaSmi('0, GPU-aaaaaaaa-0000-0000-0000-000000000009, NVIDIA GB10, [N/A]\n')).toMatchObject([
      { product: 'NVIDIA GB10', memoryMiB: null },
    ]);
  });
});

const ask = (product: string | null, count = 1, memoryMiB: number | null = null) => ({ product, count, memoryMiB });

describe('chooseGpus', () => {
  const all = parseNvidiaSmi(mixed);
  const [a10 = '', a100 = '', t4 = ''] = all.map(({ id }) => id);

  it('gives each replica devices of its own, the smallest first', () => {
    expect(chooseGpus(all, new Set(), ask(null), 2)).toEqual({ devices: [[t4], [a10]] });
    expect(chooseGpus(all, new Set([t4]), ask(null, 2), 1)).toEqual({ devices: [[a10, a100]] });
    expect(chooseGpus(all, new Set(), ask('A100'), 1)).toEqual({ devices: [[a100]] });
  });

  it('takes sizes as cards are sold', () => {
    expect(chooseGpus(all, new Set(), ask(null, 1, 24 * 1024), 1)).toEqual({ devices: [[a10]] });
    expect(chooseGpus(all, new Set(), ask(null, 1, 16 * 1024), 1)).toEqual({ devices: [[t4]] });
    expect(chooseGpus(all, new Set(), ask(null, 1, 32 * 1024), 1)).toEqual({ devices: [[a100]] });
  });

  it('says that there is none', () => {
    expect(chooseGpus([], new Set(), ask('H100'), 1)).toEqual({
      reason: 'no_gpu_here',
      message: 'This machine has no GPU. Remove `gpu` from the service, or move it to a machine that has one.',
    });
  });

  it.each([
    [
      'none of that product',
      ask('H100'),
      1,
      new Set<string>(),
      /cannot give 1 × H100\. It has 1 × NVIDIA A10 \(22\.5 GB, 1 free\)/,
    ],
    ['too little memory', ask(null, 1, 80 * 1024), 1, new Set<string>(), /1 GPU with 80 GB each\. It has/],
    ['too few for the replicas', ask('A10'), 2, new Set<string>(), /to each of 2 replicas/],
    ['all in use', ask('A10'), 1, new Set([a10]), /now: too few are free.*\(22\.5 GB, 0 free\)/],
  ])('says what there is when it has %s', (_, request, replicas, taken, message) => {
    expect(chooseGpus(all, taken, request, replicas)).toMatchObject({
      reason: 'gpu_insufficient',
      message: expect.stringMatching(message),
    });
  });

  it('groups like cards', () => {
    const two = parseNvidiaSmi(h100s);
    expect(describeGpus(two, new Set([two[0]?.id ?? '']))).toBe('2 × NVIDIA H100 80GB HBM3 (79.6 GB, 1 free)');
  });
});
