import { describe, expect, it } from 'vitest';
import { type MetricQuery, planMetricSteps } from './plan-metric-steps.ts';

const now = Date.parse('2026-01-10T10:03:27Z');
const hourMs = 3_600_000;
const plan = (query: Partial<MetricQuery>) =>
  planMetricSteps({ since: null, until: null, step: null, byReplica: false, now, ...query });
const at = (text: string) => Date.parse(`2026-01-10T${text}Z`);

describe('planMetricSteps', () => {
  it.each([
    ['nothing', {}, { step: '10s', resolutionSeconds: 10, since: at('09:03:20'), until: at('10:03:20') }],
    [
      '6 hours',
      { since: now - 6 * hourMs },
      { step: '1m', resolutionSeconds: 60, since: at('04:03:00'), until: at('10:03:20') },
    ],
    ['24 hours', { since: now - 24 * hourMs }, { step: '5m', resolutionSeconds: 60 }],
    ['7 days', { since: now - 168 * hourMs }, { step: '30m', resolutionSeconds: 600 }],
    ['15 days', { since: now - 360 * hourMs }, { step: '1h', resolutionSeconds: 600 }],
    ['an hour of yesterday', { since: now - 25 * hourMs, until: now - 24 * hourMs }, { step: '1m' }],
    ['an hour of last week', { since: now - 150 * hourMs, until: now - 149 * hourMs }, { step: '10m' }],
    ['a time to come', { until: now + hourMs }, { step: '10s', until: at('10:03:20') }],
    ['hours of 6h steps', { step: '6h', since: now - 3 * hourMs }, { resolutionSeconds: 600, since: at('06:00:00') }],
    ['replicas', { byReplica: true, since: now - 2 * hourMs }, { step: '10s' }],
  ] as const)('answers %s', (_, query, expected) => {
    expect(plan(query)).toMatchObject(expected);
  });

  it('cuts no row in two', () => {
    expect(plan({ since: now - 30 * hourMs, until: at('09:37:12'), step: '10m' })).toMatchObject({
      until: at('09:30:00'),
    });
  });

  it.each([
    ['since', { since: now + 1 }],
    ['since', { since: now - hourMs, until: now - 2 * hourMs }],
    ['since', { since: now - 361 * hourMs }],
    ['step', { since: now - 3 * hourMs, step: '10s' }],
    ['step', { since: now - 30 * hourMs, step: '1m' }],
    ['by', { byReplica: true, since: now - hourMs, step: '1m' }],
    ['step', { byReplica: true, since: now - 3 * hourMs }],
  ] as const)('names %s as what is wrong with %j', (field, query) => {
    expect(plan(query)).toMatchObject({ field, message: expect.any(String) });
  });
});
