import { describe, expect, it } from 'vitest';
import { latency, perSecond } from '../words/figures.ts';
import { summaryOf } from './summary-of.ts';

const moment = (minutes: number) => new Date(new Date().setHours(9, minutes, 0, 0)).getTime() / 1000;
const moments = [moment(0), moment(1), moment(2)];

describe('what a graph says in words', () => {
  it('is the last value, and the highest with its time', () => {
    const lines = [{ name: 'requests', look: 'a', values: [1, 12, 3.25] }] as const;
    expect(summaryOf({ title: 'Requests', lines, words: perSecond }, moments, '1h')).toBe(
      'Requests over the last hour. 3.3/s now, 12/s at most, at 09:01.',
    );
  });

  it('names lines where there are several, and says where there is nothing', () => {
    const lines = [
      { name: 'p50', look: 'a', values: [null, 40, null] },
      { name: 'p95', look: 'b', values: [null, null, null] },
      { name: 'p99', look: 'c', values: [0, 0, 0] },
    ] as const;
    expect(summaryOf({ title: 'Latency', lines, words: latency }, moments, '7d')).toBe(
      'Latency over the last 7 days. p50: 40 ms last, 40 ms at most, at 09:01. p95: nothing was measured. p99: none.',
    );
  });
});
