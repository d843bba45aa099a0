import type { Event, MetricPoint, ServiceFigures, ServiceMeasured, ServiceMetrics } from '@sconce/contract';
import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { advanceFigures, advanceMetrics, MeasuredCache } from './measured-cache.ts';

const start = Date.parse('2026-01-01T10:00:00Z');
const iso = (seconds: number) => new Date(start + seconds * 1000).toISOString();
const rates = { requestsPerSecond: 0, errorsPerSecond: 0, ownErrorsPerSecond: 0, refusedPerSecond: 0 };
const rest = {
  latencyMs: null,
  inFlight: 0,
  waiting: 0,
  cpuMilli: null,
  memoryMiB: null,
  gpuPercent: null,
  gpuMemoryMiB: null,
};
const point = (seconds: number, requestsPerSecond = 0): MetricPoint => ({
  at: iso(seconds),
  ...rates,
  ...rest,
  requestsPerSecond,
});
const measured = (seconds: number, requestsPerSecond: number): ServiceMeasured => ({
  point: point(seconds, requestsPerSecond),
  recent: { until: iso(seconds + 10), overSeconds: 300, ...rates, ...rest, requestsPerSecond },
  replicas: {},
});
const metrics = (stepSeconds: number, points: readonly MetricPoint[]): ServiceMetrics => ({
  service: { id: 'svc_1', path: 'a/b/c' },
  since: iso(0),
  until: new Date(Date.parse(points.at(-1)?.at ?? iso(0)) + stepSeconds * 1000).toISOString(),
  step: `${stepSeconds}s`,
  stepSeconds,
  series: [{ release: null, replica: null, points: [...points] }],
  marks: [],
});
const figures = (seconds: number): ServiceFigures => ({
  service: { id: 'svc_1', path: 'a/b/c' },
  until: iso(seconds),
  overSeconds: 300,
  ...rates,
  ...rest,
  requestsPerSecondByMinute: [1, 2, 3],
});

describe('a graph of short steps', () => {
  const known = metrics(10, [point(0, 1), point(10, 2), point(20, 3)]);
  const ratesOf = (next: ServiceMetrics | null) => next?.series[0]?.points.map((one) => one.requestsPerSecond);

  it('goes on with the next point, and takes a later word on the last one', () => {
    expect(ratesOf(advanceMetrics(known, point(30, 4)))).toEqual([2, 3, 4]);
    expect(ratesOf(advanceMetrics(known, point(20, 5)))).toEqual([1, 2, 5]);
  });

  it('is read anew where points are missing', () => {
    expect(advanceMetrics(known, point(40, 4))).toBeNull();
    expect(advanceMetrics(metrics(60, [point(0)]), point(60))).toBeNull();
  });
});

describe('small figures', () => {
  it('take the mean of the current minute, and begin a new one with the next', () => {
    expect(advanceFigures(figures(10), measured(10, 5)).requestsPerSecondByMinute).toEqual([1, 2, 4]);
    expect(advanceFigures(figures(60), measured(60, 5)).requestsPerSecondByMinute).toEqual([2, 3, 5]);
    expect(advanceFigures(figures(50), measured(50, 9)).requestsPerSecondByMinute).toEqual([1, 2, 4]);
    expect(advanceFigures(figures(60), measured(600, 5)).requestsPerSecondByMinute).toEqual([0, 0, 5]);
  });
});

it('asks anew only for what is shown, is older than a step, and cannot be computed here', () => {
  const cache = new QueryClient();
  cache.setQueryData(['metrics', 'svc_1', '1h'], metrics(10, [point(0), point(10)]));
  cache.setQueryData(['metrics', 'svc_1', '7d'], metrics(1_800, [point(0)]));
  cache.setQueryData(['figures'], [figures(20)]);
  const take = (seconds: number) =>
    new MeasuredCache(cache).take([{ service: 'svc_1', data: measured(seconds, 7) } as unknown as Event]);
  cache.setQueryData(['metrics', 'svc_1', '24h'], metrics(300, [point(0, 1)]));
  const isStale = (range: string) => cache.getQueryState(['metrics', 'svc_1', range])?.isInvalidated;
  take(20);
  // Of the week nothing is shown yet.
  expect([isStale('1h'), isStale('24h'), isStale('7d')]).toEqual([false, false, true]);
  expect(cache.getQueryData<ServiceFigures[]>(['figures'])?.[0]?.requestsPerSecond).toBe(7);
  take(1_850);
  expect([isStale('1h'), isStale('24h')]).toEqual([true, true]);
});
