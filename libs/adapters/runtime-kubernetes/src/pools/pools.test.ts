import type { GpuRequest } from '@sconce/core';
import type { NodeFacts, PodFacts } from '@sconce/kubernetes-api';
import { describe, expect, it } from 'vitest';
import { checkFreeGpus, chooseGpuPlace, parseGpuPlace } from './choose-gpu-pool.ts';
import { parseQuantity, toMebibytes, toMilli } from './quantity.ts';
import { toPoolUsage } from './read-cluster.ts';
import { readNodes, toNodePools } from './read-pools.ts';

const ready = [{ type: 'Ready', status: 'True' }] as const;

function aNode(
  name: string,
  change: {
    labels?: object;
    allocatable?: object;
    taints?: object[];
    conditions?: unknown;
    unschedulable?: boolean;
  } = {},
): NodeFacts {
  const allocatable = { cpu: '8', memory: '32Gi', ...change.allocatable };
  return {
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', labels: { ...change.labels } },
    spec: { taints: change.taints ?? [], unschedulable: change.unschedulable ?? false },
    status: {
      capacity: { ...allocatable, 'ephemeral-storage': '100Gi' },
      allocatable,
      conditions: change.conditions ?? ready,
    },
  } as unknown as NodeFacts;
}

function aPod(nodeName: string | undefined, limits: Readonly<Record<string, string>>, phase = 'Running'): PodFacts {
  return {
    metadata: { name: 'pod', uid: 'pod', resourceVersion: '1', creationTimestamp: '' },
    spec: { ...(nodeName === undefined ? {} : { nodeName }), containers: [{ name: 'main', resources: { limits } }] },
    status: { phase },
  } as PodFacts;
}

const l4 = { 'nvidia.com/gpu.product': 'NVIDIA-L4', 'nvidia.com/gpu.memory': '23034' };
const h100 = { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3', 'nvidia.com/gpu.memory': '81559' };
const gpus = (count: number) => ({ 'nvidia.com/gpu': String(count) });
const request = (change: Partial<GpuRequest> = {}): GpuRequest => ({
  product: null,
  count: 1,
  memoryMiB: null,
  ...change,
});

describe('parseQuantity', () => {
  it.each([
    ['100m', 0.1],
    ['16Gi', 16 * 1024 ** 3],
    ['2e3', 2_000],
    ['1.5', 1.5],
    ['3M', 3e6],
    ['much', 0],
    ['', 0],
    [undefined, 0],
  ])('reads %s as %d', (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value);
  });

  it('counts memory in whole MiB and processors in thousandths', () => {
    expect(toMebibytes('1536Ki')).toBe(1);
    expect(toMilli('250m')).toBe(250);
  });
});

describe('node pools', () => {
  it('are what clouds and people call them, with the GPUs that nobody asked for', () => {
    const nodes = readNodes(
      [
        aNode('a', { labels: { 'eks.amazonaws.com/nodegroup': 'l4', ...l4 }, allocatable: gpus(4) }),
        aNode('b', { labels: { 'eks.amazonaws.com/nodegroup': 'l4', ...l4 }, allocatable: gpus(4) }),
        aNode('c'),
      ],
      [aPod('a', gpus(3)), aPod('b', gpus(4), 'Succeeded'), aPod(undefined, gpus(1)), aPod('c', {})],
    );
    expect(toNodePools(nodes, new Map([['a', 10_000]]))).toEqual([
      {
        name: 'l4',
        nodes: 2,
        leaving: 0,
        cpuMilli: 16_000,
        memoryMiB: 65_536,
        diskMiB: 204_800,
        diskFreeMiB: 10_000,
        gpus: [{ product: 'NVIDIA L4', memoryMiB: 23_034, total: 8, free: 5 }],
      },
      {
        name: 'default',
        nodes: 1,
        leaving: 0,
        cpuMilli: 8_000,
        memoryMiB: 32_768,
        diskMiB: 102_400,
        diskFreeMiB: 0,
        gpus: [],
      },
    ]);
  });

  it('have nothing free on a node that is drained or does not answer', () => {
    const nodes = readNodes(
      [
        aNode('a', { labels: l4, allocatable: gpus(1), unschedulable: true }),
        aNode('b', { labels: l4, allocatable: gpus(1), conditions: [{ type: 'Ready', status: 'Unknown' }] }),
      ],
      [],
    );
    expect(toNodePools(nodes, new Map())).toMatchObject([{ leaving: 2, gpus: [{ total: 2, free: 0 }] }]);
  });

  it('keep slices of a GPU and AMD cards apart', () => {
    const slices = { 'nvidia.com/mig-1g.10gb': '7', 'nvidia.com/gpu': '0' };
    const amd = { 'amd.com/gpu.product-name': 'AMD-Instinct-MI300X', 'amd.com/gpu.vram': '192G' };
    const nodes = readNodes(
      [
        aNode('a', { labels: h100, allocatable: slices }),
        aNode('b', { labels: amd, allocatable: { 'amd.com/gpu': '8' } }),
      ],
      [],
    );
    expect(toNodePools(nodes, new Map())[0]?.gpus).toEqual([
      { product: 'NVIDIA H100 80GB HBM3 mig-1g.10gb', memoryMiB: 10_240, total: 7, free: 7 },
      { product: 'AMD Instinct MI300X', memoryMiB: 196_608, total: 8, free: 8 },
    ]);
  });
});

describe('chooseGpuPlace', () => {
  const taint = { key: 'nvidia.com/gpu', effect: 'NoSchedule' };
  const nodes = readNodes(
    [
      aNode('a', { labels: l4, allocatable: gpus(1), taints: [taint, { key: 'team', effect: 'NoSchedule' }] }),
      aNode('b', { labels: h100, allocatable: gpus(8), taints: [taint] }),
    ],
    [aPod('a', gpus(1))],
  );

  it('names product, resource and the taints that keep others away', () => {
    expect(chooseGpuPlace('prod', nodes, request({ product: 'H100', count: 2 }))).toEqual({
      resource: 'nvidia.com/gpu',
      count: 2,
      nodes: { key: 'nvidia.com/gpu.product', values: ['NVIDIA-H100-80GB-HBM3'] },
      tolerations: [taint],
    });
    expect(chooseGpuPlace('prod', nodes, request())).toMatchObject({ nodes: null, tolerations: [taint] });
  });

  it('takes another of the list where the first has none free, and the first where none has', () => {
    const either = request({ product: 'L4', alternatives: ['H100'] });
    expect(chooseGpuPlace('prod', nodes, either)).toMatchObject({ nodes: { values: ['NVIDIA-H100-80GB-HBM3'] } });
    const onlyTaken = nodes.slice(0, 1);
    expect(chooseGpuPlace('prod', onlyTaken, either)).toMatchObject({ nodes: { values: ['NVIDIA-L4'] } });
  });

  it('refuses what no node can give, in words', () => {
    expect(chooseGpuPlace('prod', nodes, request({ product: 'A100' }))).toEqual({
      reason: 'gpu_insufficient',
      message: 'The cluster prod cannot give 1 × A100 to one replica. It has 1 × NVIDIA L4, 8 × NVIDIA H100 80GB HBM3.',
    });
    expect(chooseGpuPlace('prod', nodes, request({ count: 9 }))).toMatchObject({ reason: 'gpu_insufficient' });
    expect(chooseGpuPlace('prod', [], request())).toEqual({
      reason: 'no_gpu_here',
      message: 'The cluster prod has no GPU.',
    });
  });
});

describe('parseGpuPlace', () => {
  it('gives back what was kept, and nothing for what is none', () => {
    const place = { resource: 'nvidia.com/gpu', count: 2, nodes: null, tolerations: [] };
    expect(parseGpuPlace(JSON.stringify(place))).toEqual(place);
    for (const text of [undefined, '', 'null', '{}', '[1]', '{"resource":1}']) expect(parseGpuPlace(text)).toBeNull();
  });
});

describe('checkFreeGpus', () => {
  const nodes = readNodes(
    [aNode('a', { labels: l4, allocatable: gpus(4) }), aNode('b', { labels: h100, allocatable: gpus(8) })],
    [aPod('a', gpus(3))],
  );

  it('counts what is free on each node, for all replicas', () => {
    expect(checkFreeGpus('prod', nodes, request({ product: 'L4' }), 1)).toBeNull();
    expect(checkFreeGpus('prod', nodes, request({ product: 'H100', count: 4 }), 2)).toBeNull();
    expect(checkFreeGpus('prod', nodes, request({ product: 'L4', alternatives: ['H100'] }), 2)).toBeNull();
  });

  it('says how many of which are free', () => {
    expect(checkFreeGpus('prod', nodes, request({ product: 'L4' }), 2)).toEqual({
      reason: 'gpu_insufficient',
      message:
        'It needs 1 for each of 2 replicas, and 1 of 4 L4 is free in the cluster prod. Remove a service that uses them, ask for less, or add a node.',
    });
    // Eight cards on one node have room for five once.
    expect(checkFreeGpus('prod', nodes, request({ product: 'H100', count: 5 }), 2)).toMatchObject({
      reason: 'gpu_insufficient',
    });
    expect(checkFreeGpus('prod', nodes, request({ product: 'T4' }), 1)).toMatchObject({ reason: 'gpu_insufficient' });
  });
});

describe('toPoolUsage', () => {
  const nodes = readNodes([aNode('a'), aNode('b'), aNode('c', { labels: { 'sconce.dev/pool': 'other' } })], []);
  const summary = (seconds: number) => ({ node: { cpu: { usageCoreNanoSeconds: seconds * 1e9 } } });

  it('adds up what all nodes of a pool say, and leaves out a pool of which one says nothing', () => {
    const all = new Map([
      ['a', summary(1)],
      ['b', summary(2)],
      ['c', summary(4)],
    ]);
    expect(toPoolUsage(nodes, all)).toMatchObject([
      { pool: 'default', cpuMs: 3_000 },
      { pool: 'other', cpuMs: 4_000 },
    ]);
    all.delete('b');
    expect(toPoolUsage(nodes, all)).toMatchObject([{ pool: 'other', cpuMs: 4_000 }]);
  });
});
