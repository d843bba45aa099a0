import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { mayReadMetrics } from './may-read-metrics.ts';
import { counter, gauge, histogramSamples, renderOpenMetrics } from './open-metrics.ts';
import { processMetrics } from './process-metrics.ts';

describe('renderOpenMetrics', () => {
  it('writes families with type, unit and help, counters with their suffix, and the end', () => {
    const text = renderOpenMetrics([
      gauge('sconce_things', 'How many.', 3),
      counter('sconce_requests', 'Requests.', [{ labels: { name: 'a"b\\c\nd' }, value: 2 }]),
      {
        name: 'sconce_wait_seconds',
        type: 'histogram',
        unit: 'seconds',
        help: 'How long.',
        samples: histogramSamples([0.1, 1], [1, 2, 3], 9.5),
      },
    ]);
    expect(text).toBe(`# TYPE sconce_things gauge
# HELP sconce_things How many.
sconce_things 3
# TYPE sconce_requests counter
# HELP sconce_requests Requests.
sconce_requests_total{name="a\\"b\\\\c\\nd"} 2
# TYPE sconce_wait_seconds histogram
# UNIT sconce_wait_seconds seconds
# HELP sconce_wait_seconds How long.
sconce_wait_seconds_bucket{le="0.1"} 1
sconce_wait_seconds_bucket{le="1"} 3
sconce_wait_seconds_bucket{le="+Inf"} 6
sconce_wait_seconds_sum 9.5
sconce_wait_seconds_count 6
# EOF
`);
  });

  it('gives each unit to a name that ends with it', () => {
    for (const { name, unit } of processMetrics()) expect(name.endsWith(`_${unit}`)).toBe(true);
  });
});

describe('mayReadMetrics', () => {
  const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
    ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;
  it.each([
    ['127.0.0.1', {}, true],
    ['::ffff:127.0.0.1', {}, true],
    ['::1', {}, true],
    ['127.0.0.1', { 'x-forwarded-for': '10.1.2.3' }, false],
    ['10.1.2.3', {}, false],
    ['10.1.2.3', { authorization: 'Bearer the-token' }, true],
    ['10.1.2.3', { authorization: 'the-token' }, false],
    ['127.0.0.1', { 'x-forwarded-for': '10.1.2.3', authorization: 'Bearer the-token' }, true],
  ] as const)('from %s with %j: %s', (address, headers, may) => {
    expect(mayReadMetrics(from(address, headers), 'the-token')).toBe(may);
  });

  it('is for this machine alone where there is no token', () => {
    expect(mayReadMetrics(from('10.1.2.3', { authorization: 'Bearer null' }), null)).toBe(false);
  });
});
