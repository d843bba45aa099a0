import { type NodeFacts, type PodFacts } from '@sconce/kubernetes-api';
import type { NodePool } from '@sconce/ports';
import { readNodeLeaving } from '../nodes/read-node-leaving.ts';
import { parseQuantity, toMebibytes, toMilli } from './quantity.ts';

/** GPUs of one kind on one node. */
export interface NodeGpus {
  /** As pods ask for it: `nvidia.com/gpu`, `amd.com/gpu`, `nvidia.com/mig-1g.10gb`. */
  readonly resource: string;
  readonly product: string;
  readonly memoryMiB: number | null;
  readonly total: number;
  readonly free: number;
}

/** A node as it counts for what could run on it. */
export interface PoolNode {
  readonly name: string;
  readonly pool: string;
  /** Takes new pods. */
  readonly isOpen: boolean;
  /** It is to go, or does not answer. */
  readonly isLeaving: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly effect: string }[];
  readonly cpuMilli: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly gpus: readonly NodeGpus[];
}

/** By which label nodes belong together, the first that a node has: ours, then what clouds and node autoscalers put there. */
const poolLabels = [
  'sconce.dev/pool',
  'karpenter.sh/nodepool',
  'cloud.google.com/gke-nodepool',
  'eks.amazonaws.com/nodegroup',
  'kubernetes.azure.com/agentpool',
  'doks.digitalocean.com/node-pool',
];

const gpuResource = /^(?:nvidia\.com\/(?:gpu|mig-[\w.]+)|amd\.com\/gpu)(?:\.shared)?$/;

export function readNodes(nodes: readonly NodeFacts[], pods: readonly PodFacts[]): readonly PoolNode[] {
  const asked = requestsByNode(pods);
  return nodes.map((node) => {
    const labels = node.metadata.labels ?? {};
    const { allocatable, conditions } = node.status;
    const isLeaving = readNodeLeaving(node) !== null;
    const isReady = conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
    return {
      name: node.metadata.name,
      pool: poolLabels.map((name) => labels[name]).find((name) => name !== undefined) ?? 'default',
      isOpen: isReady && !isLeaving,
      isLeaving,
      labels,
      taints: node.spec.taints ?? [],
      cpuMilli: toMilli(allocatable.cpu),
      memoryMiB: toMebibytes(allocatable.memory),
      diskMiB: toMebibytes(node.status.capacity['ephemeral-storage']),
      gpus: Object.keys(allocatable)
        .filter((resource) => gpuResource.test(resource) && parseQuantity(allocatable[resource]) > 0)
        .map((resource) => {
          const total = parseQuantity(allocatable[resource]);
          const taken = asked.get(node.metadata.name)?.get(resource) ?? 0;
          return { resource, ...describeGpu(resource, labels), total, free: isReady ? Math.max(0, total - taken) : 0 };
        }),
    };
  });
}

/** Ended pods hold nothing, though they still stand. */
function requestsByNode(pods: readonly PodFacts[]): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const byNode = new Map<string, Map<string, number>>();
  for (const { spec, status } of pods) {
    if (spec.nodeName === undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed') continue;
    const sums = byNode.get(spec.nodeName) ?? new Map<string, number>();
    byNode.set(spec.nodeName, sums);
    for (const [resource, amount] of spec.containers.flatMap(({ resources }) =>
      Object.entries(resources?.limits ?? {}),
    ))
      if (gpuResource.test(resource)) sums.set(resource, (sums.get(resource) ?? 0) + parseQuantity(amount));
  }
  return byNode;
}

/** The driver's own words, as NVIDIA's and AMD's feature discovery put them on a node; a MIG slice is a kind of its own. */
function describeGpu(
  resource: string,
  labels: Readonly<Record<string, string>>,
): { product: string; memoryMiB: number | null } {
  if (resource.startsWith('amd.com/')) {
    const vram = labels['amd.com/gpu.vram'];
    const memoryMiB = vram === undefined ? null : toMebibytes(vram.replace(/G$/, 'Gi'));
    return { product: plainProduct(labels['amd.com/gpu.product-name'] ?? 'AMD GPU'), memoryMiB };
  }
  const product = plainProduct(labels['nvidia.com/gpu.product'] ?? 'NVIDIA GPU');
  const slice = /^nvidia\.com\/(mig-[\w.]+?)(?:\.shared)?$/.exec(resource)?.[1];
  if (slice !== undefined) {
    const gigabytes = /(\d+)gb/.exec(slice)?.[1];
    return { product: `${product} ${slice}`, memoryMiB: gigabytes === undefined ? null : Number(gigabytes) * 1024 };
  }
  const memory = Number(labels['nvidia.com/gpu.memory']);
  return { product, memoryMiB: Number.isFinite(memory) && memory > 0 ? memory : null };
}

/** Labels hold no blanks: `NVIDIA-A10G`. */
function plainProduct(label: string): string {
  return label.replaceAll('-', ' ');
}

export function toNodePools(nodes: readonly PoolNode[], freeDiskMiB: ReadonlyMap<string, number>): readonly NodePool[] {
  const byPool = Map.groupBy(nodes, ({ pool }) => pool);
  return [...byPool].map(([name, its]) => {
    const sum = (of: (node: PoolNode) => number) => its.reduce((total, node) => total + of(node), 0);
    return {
      name,
      nodes: its.length,
      leaving: its.filter(({ isLeaving }) => isLeaving).length,
      cpuMilli: sum(({ cpuMilli }) => cpuMilli),
      memoryMiB: sum(({ memoryMiB }) => memoryMiB),
      diskMiB: sum(({ diskMiB }) => diskMiB),
      diskFreeMiB: sum((node) => Math.min(node.diskMiB, freeDiskMiB.get(node.name) ?? 0)),
      gpus: groupGpus(its),
    };
  });
}

function groupGpus(nodes: readonly PoolNode[]): NodePool['gpus'] {
  const kinds = Map.groupBy(
    nodes.flatMap((node) => node.gpus.map((gpu) => ({ ...gpu, free: node.isOpen ? gpu.free : 0 }))),
    ({ product, memoryMiB }) => `${product}\n${memoryMiB}`,
  );
  return [...kinds.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const sum = (of: (gpu: NodeGpus) => number) => same.reduce((total, gpu) => total + of(gpu), 0);
    return [
      {
        product: first.product,
        memoryMiB: first.memoryMiB,
        total: sum(({ total }) => total),
        free: sum(({ free }) => free),
      },
    ];
  });
}
