import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencyBucket } from './latency-buckets.ts';
import { measuredUntil, toMetricPoints } from './metric-points.ts';
import { type MetricFact, toMetricRows } from './metric-rows.ts';
import { addSums, type MetricSums, noSums } from './metric-sums.ts';

const start = Date.parse('2026-01-01T10:00:00Z');
const fact = (slot: number, sums: Partial<MetricSums>, of: Partial<MetricFact> = {}): MetricFact => ({
  at: start + slot * 10_000,
  service: 'svc',
  release: 'rel_1',
  replica: 'a',
  sums: { ...noSums, ...sums },
  ...of,
});
const answers = (good: number, failed = 0): MetricSums['answers'] => [0, 0, good, 0, 0, failed];
const rowsOf = (facts: readonly MetricFact[], seconds: 10 | 60 | 600) =>
  toMetricRows(facts).filter((row) => row.resolutionSeconds === seconds);

describe('rows', () => {
  it('hold in every resolution what the facts add up to, and tell replicas apart in the finest alone', () => {
    const slots = fc.array(
      fc.record({
        slot: fc.integer({ min: 0, max: 200 }),
        replica: fc.constantFrom('a', 'b'),
        release: fc.constantFrom('rel_1', 'rel_2'),
        good: fc.integer({ min: 0, max: 1_000 }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(slots, (given) => {
        const facts = given.map(({ slot, replica, release, good }) =>
          fact(slot, { answers: answers(good) }, { replica, release }),
        );
        const total = addSums(facts.map(({ sums }) => sums)).answers;
        for (const seconds of [10, 60, 600] as const) {
          const rows = rowsOf(facts, seconds);
          expect(addSums(rows.map(({ sums }) => sums)).answers).toEqual(total);
          expect(rows.every(({ at }) => at % (seconds * 1000) === 0)).toBe(true);
          expect(new Set(rows.map(({ at, release, replica }) => `${at} ${release} ${replica}`)).size).toBe(rows.length);
          if (seconds > 10) expect(rows.every(({ replica }) => replica === '')).toBe(true);
        }
      }),
    );
  });
});

describe('points', () => {
  const minute = { since: start, until: start + 60_000, stepMs: 60_000 };

  it('say rates, shares and quantiles of each step, also of steps without a request', () => {
    const latency = [latencyBucket(20), 90, latencyBucket(400), 10];
    const facts = [
      fact(0, { answers: answers(90), latency, inFlight: 6 }),
      fact(1, { answers: answers(0, 30), ownErrors: 12, waiting: 12 }, { replica: '', release: '' }),
    ];
    const [first, second, ...none] = toMetricPoints(rowsOf(facts, 60), { ...minute, until: start + 120_000 });
    expect(first).toMatchObject({
      at: start,
      requestsPerSecond: 2,
      errorsPerSecond: 0.5,
      ownErrorsPerSecond: 0.2,
      refusedPerSecond: 0,
      inFlight: 1,
      waiting: 2,
      cpuMilli: null,
      memoryMiB: null,
    });
    expect(first?.latencyMs?.p50).toBeCloseTo(20, 0);
    expect((first?.latencyMs?.p95 ?? 0) / 400).toBeCloseTo(1, 1);
    expect(second).toMatchObject({ at: start + 60_000, requestsPerSecond: 0, latencyMs: null, waiting: 0 });
    expect(none).toEqual([]);
  });

  it('divide by the time that has gone by, in the step that is not over', () => {
    const facts = [fact(0, { answers: answers(20) })];
    expect(toMetricPoints(rowsOf(facts, 60), { ...minute, until: start + 20_000 })[0]?.requestsPerSecond).toBe(1);
  });

  it('add the use of replicas that run side by side, and not that of those that follow each other', () => {
    const use = { cpuMs: 5_000, memoryMiB: 100, gpuPercent: 80, gpus: 1, gpuMemoryMiB: 1_000, measured: 1n };
    const beside = [fact(0, use), fact(0, use, { replica: 'b', release: 'rel_2' })];
    const after = [
      ...[0, 1, 2].map((slot) => fact(slot, use)),
      ...[3, 4, 5].map((slot) => fact(slot, use, { release: 'rel_2' })),
    ];
    for (const seconds of [10, 60] as const) {
      const steps = { ...minute, until: start + seconds * 1000, stepMs: seconds * 1000 };
      expect(toMetricPoints(rowsOf(beside, seconds), steps)[0]).toMatchObject({
        cpuMilli: 1_000,
        memoryMiB: 200,
        gpuPercent: 80,
        gpuMemoryMiB: 2_000,
      });
    }
    expect(toMetricPoints(rowsOf(after, 60), minute)[0]).toMatchObject({ cpuMilli: 500, memoryMiB: 100 });
    expect(toMetricPoints(rowsOf(after, 10), minute)[0]).toMatchObject({ cpuMilli: 500, memoryMiB: 100 });
  });

  it('go as far as everything has likely arrived', () => {
    expect(measuredUntil(start + 11_599)).toBe(start);
    expect(measuredUntil(start + 11_600)).toBe(start + 10_000);
  });
});
