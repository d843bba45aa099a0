import { clock } from '../words/moment.ts';
import { type Range, rangeWords } from '../words/ranges.ts';
import { serverNow } from '../words/server-clock.ts';
import type { GraphLine } from './graph.tsx';
import type { GraphOf } from './graph-set.ts';

/** `Latency over the last hour. p50: 41 ms now, 120 ms at most, at 14:03. p95: ...`: what a graph says to those who do not see it. */
export function summaryOf(
  { title, lines, words }: Omit<GraphOf, 'binary'>,
  moments: readonly number[],
  range: Range,
): string {
  const said = lines.map((line) => `${lines.length > 1 ? `${line.name}: ` : ''}${sayLine(line, moments, words)}.`);
  return `${title} over ${rangeWords[range]}. ${said.join(' ')}`;
}

function sayLine({ values }: GraphLine, moments: readonly number[], words: (value: number) => string): string {
  const known = values.flatMap((value, index) => (value === null ? [] : [{ value, at: moments[index] ?? 0 }]));
  const last = known.at(-1);
  if (last === undefined) return 'nothing was measured';
  const most = known.reduce((best, one) => (one.value > best.value ? one : best), last);
  if (most.value === 0) return 'none';
  const lately = values.at(-1) === null ? 'last' : 'now';
  return `${words(last.value)} ${lately}, ${words(most.value)} at most, at ${clock(most.at * 1000, serverNow())}`;
}
