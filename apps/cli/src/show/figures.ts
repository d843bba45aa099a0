/** A screen of rows, where the API's own choice would be hundreds for a graph. */
const readableSteps: Readonly<Record<string, string>> = { '1h': '5m', '6h': '30m', '24h': '1h', '7d': '6h' };

export interface StretchOptions {
  readonly json?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly step?: string;
}

/** How far back, and in what steps. What was typed is for the API to judge: it names the field that is wrong. */
export function stretchOf(options: StretchOptions): { since?: string; until?: string; step?: '1h' } {
  const { until, since = until === undefined ? '1h' : undefined } = options;
  const step = options.step ?? (options.json || until !== undefined ? undefined : readableSteps[since ?? '']);
  return { ...(since && { since }), ...(until && { until }), ...(step === undefined ? {} : { step: step as '1h' }) };
}

/** Two digits that say something. */
export function number(value: number): string {
  if (value === 0) return '0';
  if (value < 0.005) return '<0.01';
  return value.toFixed(value < 0.995 ? 2 : value < 9.95 ? 1 : 0);
}

export function milliseconds(ms: number): string {
  return ms < 999.5 ? `${number(ms)} ms` : `${number(ms / 1000)} s`;
}

export function mebibytes(mib: number): string {
  return mib < 1024 ? `${number(mib)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}

export function cores(milli: number): string {
  return number(milli / 1000);
}

export function percent(share: number): string {
  return `${number(share)} %`;
}

/** What is not known is a dash, and never a nought. */
export function orDash(value: number | null | undefined, words: (value: number) => string): string {
  return value == null ? '-' : words(value);
}
