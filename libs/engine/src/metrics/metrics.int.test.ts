import { latencyBuckets, type MetricFact, mergeLatency, noSums, toMetricRows } from '@sconce/core';
import { addMetrics, type Database, migrate, pruneMetrics } from '@sconce/db';
import { newId, silentLog } from '@sconce/foundation';
import { manualClock, openPatientDatabase, type TemporaryPostgres, temporaryPostgres } from '@sconce/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordTraffic, type TrafficReport, type TrafficSample } from './record-traffic.ts';

let postgres: TemporaryPostgres;
let db: Database;
const start = Date.parse('2026-01-01T10:00:00Z');
const clock = manualClock(start + 60_000);
const deps = () => ({ db, clock, log: silentLog });

beforeAll(async () => {
  postgres = await temporaryPostgres();
  const url = await postgres.database();
  await migrate(url);
  db = openPatientDatabase({ url });
});
afterAll(async () => {
  await db.close();
  await postgres.stop();
});

function sample(
  service: string,
  sequence: number,
  change: Partial<TrafficSample['items'][number]> = {},
): TrafficSample {
  const counts = {
    answers: [0, 0, 10, 0, 0, 2],
    ownErrors: 1,
    inFlight: 1.5,
    waiting: 0.5,
    latency: [24, 10],
  } as const;
  const of = { service, release: 'rel_1', replica: 'a' };
  return { sequence, at: start + sequence * 10_000, items: [{ ...of, ...counts, ...change }] };
}

interface Row {
  readonly seconds: number;
  readonly at: Date;
  readonly good: number;
  readonly own: number;
  readonly latency: number[];
  readonly in_flight: number;
  readonly cpu_ms: number;
}

async function rows(service: string, seconds: number): Promise<Row[]> {
  const found = await db.pool.query<Row>(
    `SELECT resolution_seconds AS seconds, at, answers_2xx AS good, own_errors AS own, latency, in_flight, cpu_ms FROM service_metric
     WHERE service_id = $1 AND resolution_seconds = $2 ORDER BY at`,
    [service, seconds],
  );
  return found.rows;
}

describe('what gateways counted', () => {
  it('is written once in each resolution, however often it is said', async () => {
    const service = newId('svc');
    const report: TrafficReport = { gateway: 'gtw_1', boot: 'b1', samples: [sample(service, 1), sample(service, 2)] };
    await recordTraffic(deps(), [report]);
    await recordTraffic(deps(), [report, { ...report, samples: [sample(service, 2), sample(service, 3)] }]);
    expect((await rows(service, 10)).map(({ good }) => good)).toEqual([10, 10, 10]);
    expect(await rows(service, 60)).toMatchObject([{ good: 30, own: 3, latency: [24, 30], in_flight: 4.5 }]);
    expect(await rows(service, 600)).toMatchObject([{ good: 30, own: 3, latency: [24, 30] }]);
  });

  it('is written once when two schedulers hear it at the same time', async () => {
    const service = newId('svc');
    const reports = ['gtw_a', 'gtw_b'].map((gateway) => ({ gateway, boot: 'b1', samples: [sample(service, 1)] }));
    await Promise.all([
      recordTraffic(deps(), reports),
      recordTraffic(deps(), reports.toReversed()),
      recordTraffic(deps(), reports),
    ]);
    expect(await rows(service, 60)).toMatchObject([{ good: 20 }]);
  });

  it('begins to count anew with each life of a gateway', async () => {
    const service = newId('svc');
    for (const boot of ['b1', 'b2'])
      await recordTraffic(deps(), [{ gateway: 'gtw_lives', boot, samples: [sample(service, 1)] }]);
    expect(await rows(service, 60)).toMatchObject([{ good: 20 }]);
  });

  it('is counted where it arrives when the gateway’s clock is far off', async () => {
    const service = newId('svc');
    const off = [-30, 30].map((days, index) => ({
      ...sample(service, index + 1),
      at: start + days * 86_400_000,
    }));
    await recordTraffic(deps(), [{ gateway: 'gtw_clock', boot: 'b1', samples: off }]);
    expect(await rows(service, 10)).toMatchObject([{ at: new Date(start + 50_000), good: 20 }]);
  });
});

describe('the history', () => {
  it('adds latencies in the database as core does', async () => {
    const counts = fc
      .dictionary(fc.integer({ min: 0, max: latencyBuckets - 1 }).map(String), fc.integer({ min: 1, max: 1_000 }))
      .map((held) => Object.entries(held).flatMap(([bucket, count]) => [Number(bucket), count]));
    await fc.assert(
      fc.asyncProperty(counts, counts, async (a, b) => {
        const { rows: added } = await db.pool.query<{ sum: number[] }>('SELECT sconce_add_latency($1, $2) AS sum', [
          a,
          b,
        ]);
        expect(added[0]?.sum).toEqual(mergeLatency([a, b]));
      }),
      { numRuns: 60 },
    );
  });

  it('takes what was used in a slot once, and with it what is counted later', async () => {
    const service = newId('svc');
    const of = { at: start, service, release: 'rel_1', replica: 'a' };
    const used: MetricFact = { ...of, sums: { ...noSums, cpuMs: 500, memoryMiB: 64, measured: 1n } };
    const counted: MetricFact = { ...of, sums: { ...noSums, answers: [0, 0, 7, 0, 0, 0] } };
    for (const fact of [used, used, counted, { ...used, at: start + 10_000 }])
      await addMetrics(db.tx, toMetricRows([fact]));
    expect(await rows(service, 10)).toMatchObject([
      { cpu_ms: 500, good: 7 },
      { cpu_ms: 500, good: 0 },
    ]);
    expect(await rows(service, 600)).toMatchObject([{ cpu_ms: 1_000, good: 7 }]);
  });

  it('goes when it is older than it is kept', async () => {
    const service = newId('svc');
    await recordTraffic(deps(), [{ gateway: 'gtw_old', boot: 'b1', samples: [sample(service, 1)] }]);
    const after = async (hours: number) => {
      await pruneMetrics(db.tx, new Date(start + hours * 3_600_000));
      return Promise.all([10, 60, 600].map(async (seconds) => (await rows(service, seconds)).length));
    };
    expect(await after(1)).toEqual([1, 1, 1]);
    expect(await after(3)).toEqual([0, 1, 1]);
    expect(await after(27)).toEqual([0, 0, 1]);
    expect(await after(16 * 24)).toEqual([0, 0, 0]);
  });
});
