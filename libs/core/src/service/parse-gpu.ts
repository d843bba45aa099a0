import type { GpuRequest } from './service-settings.ts';

/**
 * `L4`, `H100:2`, `24GB`, `24GB:2`; `none` is null, and undefined is "not one of these". A list (`[L4, T4]`) names products that do
 * as well as each other, all with one count.
 */
export function parseGpu(text: string | readonly string[]): GpuRequest | null | undefined {
  if (typeof text === 'string') return text.toLowerCase() === 'none' ? null : parseOneGpu(text);
  const requests = text.map(parseOneGpu);
  const [first, ...others] = requests;
  if (first === undefined) return undefined;
  const alternatives: string[] = [];
  for (const other of others) {
    if (other === undefined || other.product === null || first.product === null || other.count !== first.count)
      return undefined;
    alternatives.push(other.product);
  }
  return alternatives.length === 0 ? first : { ...first, alternatives };
}

const maxGpus = 64;

function parseOneGpu(text: string): GpuRequest | undefined {
  const match = /^([A-Za-z0-9][A-Za-z0-9 ._-]{0,62}?)(?::(\d{1,2}))?$/.exec(text);
  const name = match?.[1];
  const count = Number(match?.[2] ?? 1);
  if (name === undefined || name.toLowerCase() === 'none' || count < 1 || count > maxGpus) return undefined;
  const memory = /^(\d{1,4})GB$/i.exec(name);
  if (!memory) return { product: name, count, memoryMiB: null };
  // Vendors count in 10^9 bytes: an L4 of "24 GB" reports 23034 MiB, less than 24 GiB.
  const memoryMiB = Math.floor((Number(memory[1]) * 1e9) / 2 ** 20);
  return memoryMiB > 0 ? { product: null, count, memoryMiB } : undefined;
}
