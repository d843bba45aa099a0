import type { NodePool, Service } from '@sconce/contract';

type GpuRequest = NonNullable<Service['effectiveSettings']['resources']['gpu']>;

/** `H100` of `NVIDIA H100 80GB HBM3`, `RTX 4090` of `NVIDIA GeForce RTX 4090`, `MIG 1g.10gb` of a slice. */
export function shortGpu(product: string): string {
  const slice = /\bMIG (\S+)$/.exec(product)?.[1];
  if (slice) return `MIG ${slice}`;
  const name = product.replace(/^(?:NVIDIA|AMD|Intel)\s+/i, '').replace(/^(?:Tesla|GeForce|Instinct)\s+/i, '');
  return /^[RG]TX \S+/i.exec(name)?.[0] ?? name.split(/[\s-]/)[0] ?? name;
}

/** `H100 × 2`, `any GPU × 1`, `any GPU with 24 GiB × 1`. */
export function gpuWords({ product, count, memoryMiB }: GpuRequest): string {
  const size = memoryMiB !== null && product === null ? ` with ${Math.round(memoryMiB / 1_024)} GiB` : '';
  return `${product === null ? 'any GPU' : shortGpu(product)}${size} × ${count}`;
}

/** Something a service could be given, and how much of it there is. */
export interface GpuOffer {
  readonly request: GpuRequest;
  readonly product: string;
  readonly memoryMiB: number | null;
  readonly total: number;
  readonly free: number;
}

/** What one replica can be given where these pools are: each product once, in the sizes that one node holds. */
export function gpuOffers(pools: readonly Pick<NodePool, 'nodes' | 'gpus'>[]): readonly GpuOffer[] {
  const byProduct = new Map<string, { memoryMiB: number | null; total: number; free: number; most: number }>();
  for (const { nodes, gpus } of pools) {
    for (const { product, memoryMiB, total, free } of gpus) {
      const sum = byProduct.get(product) ?? { memoryMiB, total: 0, free: 0, most: 0 };
      const most = Math.max(sum.most, Math.floor(total / Math.max(1, nodes)));
      byProduct.set(product, { memoryMiB, total: sum.total + total, free: sum.free + free, most });
    }
  }
  const products = [...byProduct.keys()];
  return [...byProduct].flatMap(([product, { most, ...there }]) =>
    [1, 2, 4, 8]
      .filter((count) => count <= most)
      .map((count) => ({ request: toRequest(product, count, there.memoryMiB, products), product, ...there })),
  );
}

/** By its short name, so that the same card of another make does as well; by all that is known where that would mean others too. */
function toRequest(
  product: string,
  count: number,
  memoryMiB: number | null,
  products: readonly string[],
): GpuOffer['request'] {
  const short = shortGpu(product);
  const wanted = short.toLowerCase();
  const others = products.filter((other) => other !== product && other.toLowerCase().includes(wanted));
  if (others.length === 0) return { product: asAsked(short), count, memoryMiB: null };
  return { product: asAsked(product), count, memoryMiB };
}

/** Names go over the wire without what is no letter, digit, blank, dot or dash. */
const asAsked = (name: string): string =>
  name
    .replace(/[^\w. -]/g, ' ')
    .slice(0, 60)
    .trim();
