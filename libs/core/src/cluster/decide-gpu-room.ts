import type { Reason } from '../reason.ts';
import type { GpuRequest } from '../service/service-settings.ts';
import { fitsGpu, type GpuKind } from './fits-gpu.ts';

export interface GpuPool {
  readonly nodes: number;
  readonly gpus: readonly (GpuKind & { readonly total: number })[];
}

export interface NoGpuRoom {
  readonly reason: Extract<Reason, 'no_gpu_here' | 'gpu_insufficient'>;
  readonly message: string;
}

/**
 * Why a cluster can never give a replica what it asks for, whatever becomes free; null: it can. What is taken by others now is no matter of this: that
 * passes, and a rollout waits for it.
 */
export function decideGpuRoom(cluster: string, pools: readonly GpuPool[], request: GpuRequest): NoGpuRoom | null {
  const all = pools.flatMap(({ gpus }) => gpus);
  if (all.length === 0) return { reason: 'no_gpu_here', message: `The cluster ${cluster} has no GPU.` };
  const most = Math.max(...pools.map((pool) => fittingOnOneNode(pool, request)));
  if (most >= request.count) return null;
  const there = all.map(({ total, product }) => `${total} × ${product}`).join(', ');
  return {
    reason: 'gpu_insufficient',
    message: `The cluster ${cluster} cannot give ${toWords(request)} to one replica. It has ${there}.`,
  };
}

/** Nodes of a pool are alike, so each has its share. */
function fittingOnOneNode({ nodes, gpus }: GpuPool, request: GpuRequest): number {
  const fitting = gpus.filter((gpu) => fitsGpu(gpu, request)).reduce((sum, { total }) => sum + total, 0);
  return Math.floor(fitting / Math.max(1, nodes));
}

function toWords({ product, count, memoryMiB, alternatives = [] }: GpuRequest): string {
  const what = product === null ? `${count} ${count === 1 ? 'GPU' : 'GPUs'}` : [product, ...alternatives].join(' or ');
  const size = memoryMiB === null ? '' : ` with ${Math.round(memoryMiB / 1024)} GiB each`;
  return `${product === null ? what : `${count} × ${what}`}${size}`;
}
