import type { GpuRequest } from '../service/service-settings.ts';

/** A GPU as its driver names it. */
export interface GpuKind {
  readonly product: string;
  /** Null where the driver does not say. */
  readonly memoryMiB: number | null;
}

/** Whether such a GPU is what was asked for. */
export function fitsGpu(gpu: GpuKind, request: GpuRequest): boolean {
  const products = [request.product, ...(request.alternatives ?? [])];
  return products.some((product) => isGpuProduct(gpu, product)) && hasGpuMemory(gpu, request.memoryMiB);
}

/** By whole words, so that `A10` is not an `A100`: `H100`, `rtx 4090`, `RTX4090` and `H100-80GB` all name what they seem to. */
export function isGpuProduct(gpu: Pick<GpuKind, 'product'>, product: string | null): boolean {
  const wanted = product === null ? '' : product.toLowerCase().replaceAll(/[^a-z0-9.]/g, '');
  if (wanted === '') return product === null;
  const words = gpu.product.toLowerCase().split(/[^a-z0-9.]+/);
  return words.some((_, start) =>
    words.slice(start).some((_, length) => words.slice(start, start + length + 1).join('') === wanted),
  );
}

/**
 * Cards are sold by a round size and show a little less: a "24 GB" A10 has 23028 MiB, a "16 GB" T4 15109. So much may be
 * missing of what was asked for.
 */
const nominalShare = 0.92;

/** A driver that does not tell the memory (slices of old ones) is trusted to have it. */
export function hasGpuMemory(gpu: Pick<GpuKind, 'memoryMiB'>, memoryMiB: number | null): boolean {
  return memoryMiB === null || gpu.memoryMiB === null || gpu.memoryMiB >= memoryMiB * nominalShare;
}
