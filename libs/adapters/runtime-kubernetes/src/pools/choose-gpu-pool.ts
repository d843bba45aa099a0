import { decideGpuRoom, fitsGpu, type GpuRequest, type Reason } from '@sconce/core';
import type { PoolNode } from './read-pools.ts';

/** How a pod asks for its GPUs. */
export interface GpuPlace {
  readonly resource: string;
  readonly count: number;
  /** By which label of nodes; null: any node that has the resource. */
  readonly nodes: { readonly key: string; readonly values: readonly string[] } | null;
  /** Taints that nodes with GPUs keep others away with. */
  readonly tolerations: readonly { readonly key: string; readonly effect: string }[];
}

export interface NoGpuPlace {
  readonly reason: Reason;
  readonly message: string;
}

const productLabels: Readonly<Record<string, string>> = {
  'nvidia.com': 'nvidia.com/gpu.product',
  'amd.com': 'amd.com/gpu.product-name',
};

/** Of the kinds that are asked for, in order of preference, the first that some node has enough of, free ones before taken ones. */
export function chooseGpuPlace(
  cluster: string,
  nodes: readonly PoolNode[],
  request: GpuRequest,
): GpuPlace | NoGpuPlace {
  const offers = kindsWanted(request).flatMap((one) => offersFor(nodes, one));
  const offer = offers.find(({ isFree }) => isFree) ?? offers[0];
  if (offer !== undefined) return toPlace(nodes, offer.resource, request, offer.request);
  const pools = nodes.map((node) => ({ nodes: 1, gpus: node.gpus }));
  return (
    decideGpuRoom(cluster, pools, request) ?? {
      reason: 'gpu_insufficient',
      message: `No node of the cluster ${cluster} has so many GPUs of one kind.`,
    }
  );
}

/** The choice that a Deployment's annotation keeps; null where it keeps none. */
export function parseGpuPlace(kept: string | undefined): GpuPlace | null {
  try {
    const place = JSON.parse(kept ?? 'null') as Partial<GpuPlace> | null;
    const isPlace =
      typeof place?.resource === 'string' && typeof place.count === 'number' && Array.isArray(place.tolerations);
    return isPlace ? (place as GpuPlace) : null;
  } catch {
    // Somebody wrote something else there: it is chosen anew.
    return null;
  }
}

/** Null where so many replicas find their GPUs free now; else why not. All of one kind: a release asks for one resource. */
export function checkFreeGpus(
  cluster: string,
  nodes: readonly PoolNode[],
  request: GpuRequest,
  replicas: number,
): NoGpuPlace | null {
  const place = chooseGpuPlace(cluster, nodes, request);
  if ('reason' in place) return place;
  const kinds = kindsWanted(request).map((one) => {
    const gpus = nodes.flatMap((node) =>
      node.gpus.filter((gpu) => fitsGpu(gpu, one)).map((gpu) => ({ ...gpu, free: node.isOpen ? gpu.free : 0 })),
    );
    const sum = (of: (gpu: (typeof gpus)[number]) => number) => gpus.reduce((total, gpu) => total + of(gpu), 0);
    return {
      product: one.product,
      total: sum(({ total }) => total),
      free: sum(({ free }) => free),
      places: sum(({ free }) => Math.floor(free / request.count)),
    };
  });
  if (kinds.some(({ places }) => places >= replicas)) return null;
  const there = kinds.map(
    ({ product, total, free }) => `${free} of ${total} ${product ?? 'GPUs'} ${free === 1 ? 'is' : 'are'} free`,
  );
  const each = replicas > 1 ? ` for each of ${replicas} replicas` : '';
  return {
    reason: 'gpu_insufficient',
    message: `It needs ${request.count}${each}, and ${there.join(', ')} in the cluster ${cluster}. Remove a service that uses them, ask for less, or add a node.`,
  };
}

/** One request for each kind that will do, in order of preference. */
function kindsWanted(request: GpuRequest): readonly GpuRequest[] {
  return [request.product, ...(request.alternatives ?? [])].map((product) => ({
    ...request,
    product,
    alternatives: [],
  }));
}

interface Offer {
  readonly resource: string;
  readonly request: GpuRequest;
  readonly isFree: boolean;
}

function offersFor(nodes: readonly PoolNode[], request: GpuRequest): readonly Offer[] {
  return nodes.flatMap((node) =>
    node.gpus
      .filter((gpu) => fitsGpu(gpu, request) && gpu.total >= request.count)
      .map(({ resource, free }) => ({ resource, request, isFree: node.isOpen && free >= request.count })),
  );
}

function toPlace(nodes: readonly PoolNode[], resource: string, { count }: GpuRequest, request: GpuRequest): GpuPlace {
  const fitting = nodes.filter(({ gpus }) => gpus.some((gpu) => gpu.resource === resource && fitsGpu(gpu, request)));
  const key = productLabels[resource.slice(0, resource.indexOf('/'))] ?? '';
  const values = distinct(fitting.flatMap(({ labels }) => labels[key] ?? []));
  const isAny = request.product === null && request.memoryMiB === null;
  // All of a cluster's GPU nodes are tainted alike, or some are not tainted at all; what keeps everybody away is no matter of GPUs.
  const taints = fitting.flatMap((node) => node.taints.filter(({ key: name }) => isGpuTaint(name)));
  return {
    resource,
    count,
    nodes: isAny || values.length === 0 ? null : { key, values },
    tolerations: [
      ...new Map(taints.map(({ key: name, effect }) => [`${name}\n${effect}`, { key: name, effect }])).values(),
    ],
  };
}

function isGpuTaint(key: string): boolean {
  return /gpu|nvidia|amd\.com|accelerator/i.test(key);
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}
