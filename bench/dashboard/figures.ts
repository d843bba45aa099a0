import { loadavg } from 'node:os';

/** The value below which this share of all lies. */
export function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => at(values, 0.5);

const shown = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(0));

/** Median and ends: what is measured on a shared machine is never one number. */
export const spread = (values: readonly number[]): string =>
  `median ${shown(median(values))}, ${shown(at(values, 0))} to ${shown(at(values, 1))}, ${values.length} times`;

/** Prints figures as they come, and remembers whether one missed its limit. */
export class Figures {
  #missed = 0;

  get missed(): number {
    return this.#missed;
  }

  part(name: string): void {
    process.stdout.write(`\n${name} (load ${loadavg()[0]?.toFixed(1)})\n`);
  }

  show(what: string, is: number, unit: string, detail: string, limit?: number): void {
    const verdict = limit === undefined ? '' : ` (limit ${limit}: ${is <= limit ? 'met' : 'NOT met'})`;
    if (limit !== undefined && !(is <= limit)) this.#missed += 1;
    process.stdout.write(`  ${what.padEnd(46)} ${shown(is).padStart(7)} ${unit}${verdict}  ${detail}\n`);
  }
}
