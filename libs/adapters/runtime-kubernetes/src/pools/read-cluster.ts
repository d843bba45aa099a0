import { homeLabel, type NodeFacts, type PodFacts, pathOf, selector } from '@sconce/kubernetes-api';
import type { NodePool, PlacementCheck, PoolUsage, ReplicaUsage } from '@sconce/ports';
import type { KubernetesParts } from '../applying/kubernetes-parts.ts';
import { label, mainContainer, parseReplicaLabels } from '../names.ts';
import { checkFreeGpus } from './choose-gpu-pool.ts';
import { type PoolNode, readNodes, toNodePools } from './read-pools.ts';

/** What a kubelet says of its node and pods (`/stats/summary`), which every Kubernetes has, a metrics server or not. */
interface Summary {
  readonly node: {
    readonly cpu?: { readonly usageCoreNanoSeconds?: number };
    readonly memory?: { readonly workingSetBytes?: number };
    readonly fs?: { readonly availableBytes?: number; readonly usedBytes?: number };
  };
  readonly pods?: readonly {
    readonly podRef: { readonly uid: string };
    readonly containers?: readonly {
      readonly name: string;
      readonly cpu?: { readonly usageCoreNanoSeconds?: number };
      readonly memory?: { readonly workingSetBytes?: number };
    }[];
  }[];
}

const mebibyte = 1024 ** 2;
const summaryTimeoutMs = 8_000;

/** Nodes with what is free on them, as if only the pods that count were there. */
export async function readPoolNodes(
  { objects }: KubernetesParts,
  counts: (pod: PodFacts) => boolean = () => true,
): Promise<readonly PoolNode[]> {
  const [nodes, pods] = await Promise.all([
    objects.list<NodeFacts>('Node', null, ''),
    objects.list<PodFacts>('Pod', null, ''),
  ]);
  return readNodes(nodes, pods.filter(counts));
}

/** By node; one that does not answer is left out. */
async function readSummaries(
  { api }: KubernetesParts,
  nodes: readonly PoolNode[],
): Promise<ReadonlyMap<string, Summary>> {
  const summaries = await Promise.all(
    nodes.map(async ({ name }) => {
      try {
        const path = `${pathOf('Node', null, name)}/proxy/stats/summary`;
        return [
          [
            name,
            await api.call<Summary>(`asking node ${name} what is used`, {
              method: 'GET',
              path,
              timeoutMs: summaryTimeoutMs,
            }),
          ],
        ] as const;
      } catch {
        return [];
      }
    }),
  );
  return new Map(summaries.flat());
}

export async function readCapacity(parts: KubernetesParts): Promise<readonly NodePool[]> {
  const nodes = await readPoolNodes(parts);
  const summaries = await readSummaries(parts, nodes);
  const free = [...summaries].map(
    ([name, { node }]) => [name, Math.floor((node.fs?.availableBytes ?? 0) / mebibyte)] as const,
  );
  return toNodePools(nodes, new Map(free));
}

type PlacementRequest = Parameters<PlacementCheck['check']>[0];

export async function checkPlacement(
  parts: KubernetesParts,
  request: PlacementRequest,
): ReturnType<PlacementCheck['check']> {
  const isOwn = ({ metadata }: PodFacts) =>
    request.service !== undefined && metadata.labels?.[label.service] === request.service;
  const nodes = await readPoolNodes(parts, (pod) => !isOwn(pod));
  const largest = Math.max(0, ...nodes.map(({ memoryMiB }) => memoryMiB));
  if (request.memoryMiB !== null && request.memoryMiB > largest) {
    const message = `${request.memoryMiB} MiB of memory were asked for; the largest node of the cluster ${parts.cluster} has ${largest} MiB. Ask for less, or add a larger node.`;
    return { reason: 'memory_insufficient', message };
  }
  return request.gpu === null ? null : checkFreeGpus(parts.cluster, nodes, request.gpu, request.replicas);
}

/** What replicas and pools use now. */
export async function readUsage(
  parts: KubernetesParts,
): Promise<{ readonly replicas: readonly ReplicaUsage[]; readonly pools: readonly PoolUsage[] }> {
  const { objects, options } = parts;
  const ours = selector({ [label.home]: homeLabel(options.home) });
  const [nodes, pods] = await Promise.all([readPoolNodes(parts), objects.list<PodFacts>('Pod', null, ours)]);
  const summaries = await readSummaries(parts, nodes);
  const used = new Map(
    [...summaries.values()].flatMap(({ pods: its = [] }) => its.map((pod) => [pod.podRef.uid, pod] as const)),
  );
  const replicas = pods.flatMap(({ metadata }) => {
    const labels = parseReplicaLabels(metadata.labels ?? {}, options.home);
    const main = used.get(metadata.uid)?.containers?.find(({ name }) => name === mainContainer);
    if (labels === null || main?.cpu?.usageCoreNanoSeconds === undefined) return [];
    const { service, release } = labels;
    const cpuMs = main.cpu.usageCoreNanoSeconds / 1e6;
    return [
      {
        id: metadata.uid,
        service,
        release,
        cpuMs,
        memoryMiB: (main.memory?.workingSetBytes ?? 0) / mebibyte,
        gpus: [],
      },
    ];
  });
  return { replicas, pools: toPoolUsage(nodes, summaries) };
}

/** Without pools of which a node did not answer: what they use together is not known then, and would look like a drop. */
export function toPoolUsage(nodes: readonly PoolNode[], summaries: ReadonlyMap<string, Summary>): readonly PoolUsage[] {
  return [...Map.groupBy(nodes, ({ pool }) => pool)].flatMap(([pool, its]) => {
    const answers = its.flatMap(({ name }) => summaries.get(name) ?? []);
    if (answers.length < its.length) return [];
    const sum = (of: (summary: Summary) => number) => answers.reduce((total, summary) => total + of(summary), 0);
    return [
      {
        pool,
        cpuMs: sum(({ node }) => (node.cpu?.usageCoreNanoSeconds ?? 0) / 1e6),
        memoryMiB: Math.floor(sum(({ node }) => (node.memory?.workingSetBytes ?? 0) / mebibyte)),
        diskUsedMiB: Math.floor(sum(({ node }) => (node.fs?.usedBytes ?? 0) / mebibyte)),
        gpusHeld: its.flatMap(({ gpus }) => gpus).reduce((held, { total, free }) => held + total - free, 0),
        gpus: [],
      },
    ];
  });
}
