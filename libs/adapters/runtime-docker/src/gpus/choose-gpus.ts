import { fitsGpu, type GpuRequest, type Reason } from '@sconce/core';
import type { GpuDevice } from './parse-nvidia-smi.ts';

export type GpuChoice =
  /** One list of device ids per replica. */
  { readonly devices: readonly (readonly string[])[] } | { readonly reason: Reason; readonly message: string };

/** Whole devices for each of `replicas`, never one for two; smallest memory first, so that large ones stay free. */
export function chooseGpus(
  all: readonly GpuDevice[],
  taken: ReadonlySet<string>,
  request: GpuRequest,
  replicas: number,
): GpuChoice {
  if (all.length === 0) return { reason: 'no_gpu_here', message: noGpuMessage };
  const fitting = all.filter((gpu) => fitsGpu(gpu, request));
  const free = fitting.filter((gpu) => !taken.has(gpu.id)).sort((a, b) => (a.memoryMiB ?? 0) - (b.memoryMiB ?? 0));
  const needed = request.count * replicas;
  if (free.length >= needed) {
    const devices = Array.from({ length: replicas }, (_, replica) =>
      free.slice(replica * request.count, (replica + 1) * request.count).map((gpu) => gpu.id),
    );
    return { devices };
  }
  const asked = toWords(request, replicas);
  const there = `It has ${describeGpus(all, taken)}.`;
  if (fitting.length < needed) {
    return {
      reason: 'gpu_insufficient',
      message: `This machine cannot give ${asked}. ${there} Ask for less, or move the service to a machine that has it.`,
    };
  }
  return {
    reason: 'gpu_insufficient',
    message: `This machine cannot give ${asked} now: too few are free. ${there} Remove a service that uses them, or ask for less.`,
  };
}

export const noGpuMessage =
  'This machine has no GPU. Remove `gpu` from the service, or move it to a machine that has one.';

function toWords(request: GpuRequest, replicas: number): string {
  const what =
    request.product === null
      ? `${request.count} GPU${request.count === 1 ? '' : 's'}`
      : `${request.count} × ${request.product}`;
  const size = request.memoryMiB === null ? '' : ` with ${toGigabytes(request.memoryMiB)} each`;
  return `${what}${size}${replicas > 1 ? ` to each of ${replicas} replicas` : ''}`;
}

function toGigabytes(memoryMiB: number): string {
  return `${Math.round((memoryMiB / 1024) * 10) / 10} GB`;
}

/** `2 × NVIDIA A10 (22.5 GB, 1 free)`. */
export function describeGpus(all: readonly GpuDevice[], taken: ReadonlySet<string>): string {
  return groupGpus(all, taken)
    .map(({ product, memoryMiB, total, free }) => {
      const size = memoryMiB === null ? '' : `${toGigabytes(memoryMiB)}, `;
      return `${total} × ${product} (${size}${free} free)`;
    })
    .join(', ');
}

export function groupGpus(all: readonly GpuDevice[], taken: ReadonlySet<string>) {
  const groups = Map.groupBy(all, (gpu) => `${gpu.product}\n${gpu.memoryMiB}`);
  return [...groups.values()].flatMap((gpus) => {
    const [first] = gpus;
    if (first === undefined) return [];
    const free = gpus.filter((gpu) => !taken.has(gpu.id)).length;
    return [{ product: first.product, memoryMiB: first.memoryMiB, total: gpus.length, free }];
  });
}
