import { digits, twoDigits } from './digits.ts';

/** `0:09`, `1:34`, `2:03:04`, `3 d 4 h`: how long something takes, to be compared at a glance. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  if (hours > 0) return `${hours}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
  return `${minutes}:${twoDigits(seconds % 60)}`;
}

/** As `duration`, but `480 ms` and `1.2 s` below ten seconds: for parts that are over, where a second is much. */
export function took(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  return ms < 9_950 ? `${(ms / 1_000).toFixed(1)} s` : duration(ms);
}

/** What a screen reader says for `1:34`. */
export function spokenDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'day'],
    [Math.floor(seconds / 3_600) % 24, 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second'],
  ];
  const said = parts.filter(([count]) => count > 0).slice(0, 2);
  return said.length === 0 ? 'no time' : said.map(([count, unit]) => plural(count, unit)).join(' ');
}

/** `1 replica`, `2 replicas`. */
export function plural(count: number, word: string, words = `${word}s`): string {
  return `${digits(count)} ${count === 1 ? word : words}`;
}
