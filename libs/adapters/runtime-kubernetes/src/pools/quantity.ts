const units: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

/** A quantity as Kubernetes writes them (`100m`, `16Gi`, `2e3`) as a number; 0 for what is none. */
export function parseQuantity(text: string | undefined): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text ?? '');
  const unit = units[match?.[2] ?? '?'];
  return match === null || unit === undefined ? 0 : Number(match[1]) * unit;
}

export function toMebibytes(text: string | undefined): number {
  return Math.floor(parseQuantity(text) / 1024 ** 2);
}

export function toMilli(text: string | undefined): number {
  return Math.round(parseQuantity(text) * 1000);
}
