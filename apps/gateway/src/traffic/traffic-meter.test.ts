import { latencyQuantileMs, type RouteTable } from '@sconce/core';
import { describe, expect, it } from 'vitest';
import { LiveTable } from '../table/live-table.ts';
import { TrafficMeter } from './traffic-meter.ts';

const service = 'svc_01k00000000000000000000001';
const start = Date.parse('2026-01-01T10:00:00Z');

function tableOf(release: `rel_${string}`, replicas: readonly string[]): RouteTable {
  const listed = replicas.map((id, index) => ({ id, host: '127.0.0.1', port: 9000 + index }));
  return {
    version: 1,
    routes: [
      {
        service,
        name: 'p/e/s',
        hosts: ['s.test'],
        pathPrefix: null,
        targets: [{ release, releaseNumber: 1, weight: 1, replicas: listed }],
        requestTimeoutMs: 1_000,
        concurrency: null,
        unavailable: null,
      },
    ],
  };
}

function setUp(replicas = ['a']) {
  const table = new LiveTable(() => {});
  table.swap(tableOf('rel_1', replicas));
  let told = 0;
  const meter = new TrafficMeter('boot', table, start, () => {
    told += 1;
  });
  const tallyOf = (id: string) => {
    const replica = table.replicas.get(id);
    if (replica === undefined) throw new Error(`no replica ${id}`);
    return replica.tally;
  };
  return { table, meter, tallyOf, told: () => told };
}

describe('TrafficMeter', () => {
  it('makes one sample of a slot, by replica and release, and none of a slot without news', () => {
    const { meter, tallyOf, told } = setUp(['a', 'b']);
    for (const ms of [10, 20, 40]) tallyOf('a').countWhole(200, ms);
    tallyOf('a').countOwn(503);
    tallyOf('a').countOwn(408);
    tallyOf('b').count(0);
    meter.look(start + 5_000);
    expect(meter.after(0)).toEqual([]);
    meter.look(start + 10_000);
    meter.look(start + 20_000);
    expect(told()).toBe(1);
    const [sample] = meter.after(0);
    expect(sample).toMatchObject({ sequence: 1, at: start });
    expect(sample?.items).toMatchObject([
      { service, release: 'rel_1', replica: 'a', answers: [0, 0, 3, 0, 1, 1], ownErrors: 1 },
      { service, release: 'rel_1', replica: 'b', answers: [1, 0, 0, 0, 0, 0], ownErrors: 0, latency: [] },
    ]);
    expect((latencyQuantileMs(sample?.items[0]?.latency ?? [], 0.5) ?? 0) / 20).toBeCloseTo(1, 1);
  });

  it('counts for a release that is gone what ends after it left, and for the new one what it takes over', () => {
    const { meter, table, tallyOf } = setUp();
    const before = tallyOf('a');
    table.swap(tableOf('rel_2', ['a']));
    expect(tallyOf('a')).not.toBe(before);
    table.swap(tableOf('rel_2', []));
    meter.look(start + 10_000);
    before.countWhole(200, 1);
    meter.look(start + 20_000);
    expect(meter.after(0).flatMap(({ items }) => items)).toMatchObject([
      { release: 'rel_1', replica: 'a', answers: [0, 0, 1, 0, 0, 0] },
    ]);
  });

  it('says how many were running and waiting on average', () => {
    const { meter, table } = setUp();
    const replica = table.replicas.get('a');
    const route = table.routes.get(service);
    replica?.begin();
    replica?.begin();
    meter.look(start + 1_000);
    route?.queue.add({ tryAgain: () => false });
    meter.look(start + 2_000);
    replica?.end();
    replica?.end();
    for (let second = 3; second <= 4; second += 1) {
      route?.queue.clear();
      meter.look(start + second * 1_000);
    }
    meter.look(start + 10_000);
    expect(meter.after(0)[0]?.items).toMatchObject([
      { replica: 'a', inFlight: 1, waiting: 0 },
      { replica: '', release: '', inFlight: 0, waiting: 0.25 },
    ]);
  });

  it('keeps samples until they are taken, says them again until then, and drops the oldest of too many', () => {
    const { meter, tallyOf } = setUp();
    for (let slot = 1; slot <= 95; slot += 1) {
      tallyOf('a').count(200);
      meter.look(start + slot * 10_000);
    }
    const numbers = () => meter.after(0).map(({ sequence }) => sequence);
    expect(numbers()).toHaveLength(90);
    expect(numbers()[0]).toBe(6);
    meter.taken('another boot', 95);
    meter.taken('boot', 50);
    expect(numbers()[0]).toBe(51);
    expect(meter.after(94).map(({ sequence }) => sequence)).toEqual([95]);
    meter.taken('boot', 95);
    expect(numbers()).toEqual([]);
  });

  it('goes on with the time as it is when the clock is set back', () => {
    const { meter, tallyOf } = setUp();
    for (const ms of [10_000, -3_600_000, -3_590_000]) {
      tallyOf('a').count(200);
      meter.look(start + ms);
    }
    expect(meter.after(0).map(({ at }) => at)).toEqual([start, start + 10_000, start - 3_600_000]);
  });
});
