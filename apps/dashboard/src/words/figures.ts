import { digits } from './digits.ts';

/** `0`, `0.42`, `3.2`, `41`, `1,204`: as many digits as are read at a glance. */
export function figure(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 0.005) return '<0.01';
  return digits(value, size < 0.995 ? 2 : size < 9.95 ? 1 : 0);
}

export const perSecond = (value: number): string => `${figure(value)}/s`;

/** `41 ms`, `1.2 s`, `2 min`. */
export function latency(ms: number): string {
  if (ms < 999.5) return `${figure(ms)} ms`;
  return ms < 99_500 ? `${figure(ms / 1_000)} s` : `${figure(ms / 60_000)} min`;
}

/** `0.25 cores`, `1 core`. */
export function cores(milli: number): string {
  const text = figure(milli / 1_000);
  return `${text} ${text === '1' ? 'core' : 'cores'}`;
}

export const percent = (value: number): string => `${figure(value)} %`;

/** `-` for what was not measured. */
export const orDash = (value: number | null | undefined, words: (value: number) => string): string =>
  value == null ? '-' : words(value);
