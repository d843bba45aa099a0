import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  latencyBoundMs,
  latencyBucket,
  latencyBuckets,
  latencyQuantileMs,
  mergeLatency,
  toLatencyCounts,
} from './latency-buckets.ts';

const longestMs = latencyBoundMs(latencyBuckets - 2);
const durations = fc.array(fc.double({ min: 0.13, max: longestMs, noNaN: true }), { minLength: 1, maxLength: 400 });

function count(values: readonly number[]) {
  const sums = new Uint32Array(latencyBuckets);
  for (const value of values) sums[latencyBucket(value)] = (sums[latencyBucket(value)] ?? 0) + 1;
  return toLatencyCounts(sums);
}

describe('buckets of durations', () => {
  it('hold what lies between their bounds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: longestMs, noNaN: true }), (ms) => {
        const bucket = latencyBucket(ms);
        expect(ms).toBeLessThanOrEqual(latencyBoundMs(bucket) * (1 + 1e-12));
        if (bucket > 0) expect(ms).toBeGreaterThan(latencyBoundMs(bucket - 1) * (1 - 1e-12));
      }),
    );
  });

  it.each([
    [0, 0],
    [-1, 0],
    [Number.NaN, 0],
    [0.125, 0],
    [1, 24],
    [Number.POSITIVE_INFINITY, latencyBuckets - 1],
    [24 * 3_600_000, latencyBuckets - 1],
  ])('take %s ms into bucket %i', (ms, bucket) => {
    expect(latencyBucket(ms)).toBe(bucket);
  });

  it('give quantiles within 4.5 % of the true ones', () => {
    fc.assert(
      fc.property(durations, fc.constantFrom(0.5, 0.95, 0.99), (values, share) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
        const read = latencyQuantileMs(count(values), share) ?? 0;
        expect(Math.abs(read / exact - 1)).toBeLessThan(0.045);
      }),
    );
  });

  it('add up to the same, however they were split', () => {
    fc.assert(
      fc.property(durations, durations, durations, (a, b, c) => {
        expect(mergeLatency([count(a), count(b), count(c)])).toEqual(count([...a, ...b, ...c]));
      }),
    );
  });

  it('answer nothing where nothing was counted, and leave out what names no bucket', () => {
    expect(latencyQuantileMs([], 0.5)).toBeNull();
    expect(mergeLatency([[-1, 5, latencyBuckets, 5, 3, 2]])).toEqual([3, 2]);
  });
});
