/** Units as sconce.yaml writes them, read for the API: what a person types is the same in both. Null where it is none of these. */

const timeUnitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `30s`, `5m`, `1h30m`, `2d` in milliseconds. */
export function parseTimeMs(text: string): number | null {
  if (!/^(?:\d{1,9}(?:ms|s|m|h|d))+$/.test(text)) return null;
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h|d)/g)];
  return parts.reduce((total, [, count, unit]) => total + Number(count) * (timeUnitsMs[unit ?? ''] ?? 0), 0);
}

const sizeUnitsBytes: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** `512Mi`, `2Gi`, `500M` (decimal) in MiB, rounded up. */
export function parseSizeMiB(text: string): number | null {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(Ki|Mi|Gi|Ti|k|M|G|T)$/.exec(text);
  const size = match ? Math.ceil((Number(match[1]) * (sizeUnitsBytes[match[2] ?? ''] ?? 0)) / 2 ** 20) : 0;
  return size > 0 ? size : null;
}

/** `1`, `0.5`, `250m` in thousandths of a core. */
export function parseCpuMilli(text: string): number | null {
  const milli = /^\d{1,7}m$/.test(text) ? Number(text.slice(0, -1)) : Math.round(Number(text) * 1_000);
  return /^(?:\d{1,7}m|\d{1,4}(?:\.\d{1,3})?)$/.test(text) && milli > 0 ? milli : null;
}

export interface GpuWish {
  readonly product: string | null;
  readonly count: number;
  readonly memoryMiB: number | null;
}

/** `L4`, `H100:2`, `24GB`, `24GB:2`, `any`, `any:2`. */
export function parseGpu(text: string): GpuWish | null {
  const match = /^([A-Za-z0-9][A-Za-z0-9 ._-]{0,59}?)(?::([1-9]\d?))?$/.exec(text);
  const name = match?.[1];
  if (name === undefined) return null;
  const count = Number(match?.[2] ?? 1);
  if (name.toLowerCase() === 'any') return { product: null, count, memoryMiB: null };
  const memory = /^(\d{1,4})GB$/i.exec(name);
  if (!memory) return { product: name, count, memoryMiB: null };
  if (Number(memory[1]) === 0) return null;
  // Vendors count in 10^9 bytes: an L4 of "24 GB" reports 23034 MiB.
  return { product: null, count, memoryMiB: Math.floor((Number(memory[1]) * 1e9) / 2 ** 20) };
}
