import { type ClusterMeasured, createClient, type Event, type MetricPoint } from '@sconce/contract';
import {
  latencyBucket,
  type MetricFact,
  type MetricSums,
  noSums,
  slotMs,
  startOfSlot,
  toMetricRows,
} from '@sconce/core';
import { addMetrics, addPoolMetrics, announceMetrics, putCluster } from '@sconce/db';
import { newId } from '@sconce/foundation';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecentFigures } from './metrics/recent-figures.ts';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let world: ApiWorld;
let ours: Tenant;
let theirs: Tenant;
/** The slot before the last one that is over. */
let slot: number;

/** What is told is of the slot that is over when it is read: the last one, or one of those that end until then. */
const slotsAround = () => [-1, 0, 1, 2, 3].map((slots) => startOfSlot(Date.now()) + slots * slotMs);
const replicaOf = (tenant: Tenant) => `ctr-${tenant.ids.release}`;
const client = (token = world.token) => createClient({ baseUrl: world.url, token });

async function write(tenant: Tenant, at: number, sums: Partial<MetricSums>, of: Partial<MetricFact> = {}) {
  const fact = { at, service: tenant.ids.service ?? '', release: tenant.ids.release ?? '', replica: replicaOf(tenant) };
  await addMetrics(world.db.tx, toMetricRows([{ ...fact, sums: { ...noSums, ...sums }, ...of }]));
}

beforeAll(async () => {
  world = await startApiWorld();
  [ours, theirs] = [await makeTenant(world, 'ours'), await makeTenant(world, 'theirs')];
  slot = startOfSlot(Date.now()) - 3 * slotMs;
  const latency = [latencyBucket(40), 30];
  await write(ours, slot, { answers: [0, 0, 30, 0, 5, 0], latency, inFlight: 2 });
  await write(ours, slot, { cpuMs: 2_500, memoryMiB: 512, measured: 1n });
  await write(ours, slot, { answers: [0, 0, 0, 0, 0, 10], ownErrors: 10, waiting: 4 }, { release: '', replica: '' });
  await write(ours, slot - 5 * 3_600_000, { answers: [0, 0, 600, 0, 0, 0] });
  await write(theirs, slot, { answers: [0, 0, 10, 0, 0, 0] });
});
afterAll(() => world.stop());

const metrics = (query = '') => world.ask(`GET /v1/services/ours%2Fproduction%2Fresnet50/metrics${query}`);
const at = (points: readonly MetricPoint[], ms: number) => points.find((point) => Date.parse(point.at) === ms);
const sum = (points: readonly MetricPoint[], stepSeconds: number) =>
  Math.round(points.reduce((all, point) => all + point.requestsPerSecond, 0) * stepSeconds);

describe('metrics of a service', () => {
  it('say what it did in each step, with when releases went live', async () => {
    const { status, body } = await metrics();
    expect([status, body.step, body.stepSeconds, body.series.length]).toEqual([200, '10s', 10, 1]);
    const { points } = body.series[0];
    expect(points.length).toBeGreaterThan(355);
    expect(at(points, slot)).toMatchObject({
      requestsPerSecond: 4.5,
      errorsPerSecond: 1,
      ownErrorsPerSecond: 1,
      refusedPerSecond: 0.5,
      inFlight: 2,
      waiting: 4,
      cpuMilli: 250,
      memoryMiB: 512,
      gpuPercent: null,
      gpuMemoryMiB: null,
    });
    expect(Math.abs(at(points, slot)?.latencyMs?.p95 ?? 0) / 40).toBeCloseTo(1, 1);
    expect(at(points, slot - slotMs)).toMatchObject({ requestsPerSecond: 0, latencyMs: null, cpuMilli: null });
    expect(body.marks).toMatchObject([{ release: { id: ours.ids.release, name: 'r1' }, cause: 'push' }]);
  });

  it('count every request once, whatever the step', async () => {
    for (const [since, seconds] of [
      ['1h', 10],
      ['6h', 60],
      ['24h', 300],
      ['7d', 1_800],
    ] as const) {
      const { body } = await metrics(`?since=${since}`);
      expect(body.stepSeconds).toBe(seconds);
      const { points } = body.series[0];
      // The newest point is of less than a whole step: its rate is over the time that is over.
      const last = points.at(-1) as MetricPoint;
      const lastSeconds = (Date.parse(body.until) - Date.parse(last.at)) / 1000;
      const total = sum(points.slice(0, -1), seconds) + sum([last], lastSeconds);
      expect(total).toBe(since === '1h' ? 45 : 645);
    }
  });

  it('tell releases and replicas apart', async () => {
    const byRelease = (await metrics('?by=release')).body.series;
    expect(byRelease.map((series: { release: { name: string } }) => series.release.name)).toEqual(['r1']);
    expect(at(byRelease[0].points, slot)).toMatchObject({ requestsPerSecond: 3.5, ownErrorsPerSecond: 0 });
    const byReplica = (await metrics('?by=replica')).body.series;
    expect(byReplica).toMatchObject([{ replica: replicaOf(ours), release: { name: 'r1' } }]);
  });

  it.each([
    ['since=yesterday', 'since'],
    ['since=2026-13-45T00:00:00Z', 'since'],
    ['since=16d', 'since'],
    ['since=1h&until=2h', 'since'],
    ['until=', 'until'],
    ['step=7s', 'step'],
    ['since=5h&step=10s', 'step'],
    ['by=node', 'by'],
    ['by=replica&step=1m', 'by'],
    ['surprise=1', 'surprise'],
  ])('name the field that is wrong in ?%s', async (query, field) => {
    const { status, body } = await metrics(`?${query}`);
    expect([status, body.code, body.errors.map((error: { path: string }) => error.path)]).toEqual([
      400,
      'invalid',
      [field],
    ]);
  });
});

describe('metrics of all services', () => {
  it('are those one may see, with a figure of each of the last minutes', async () => {
    const { body } = await world.ask('GET /v1/metrics', { token: ours.tokens.read });
    expect(body.data).toMatchObject([
      { service: { path: 'ours/production/resnet50' }, errorsPerSecond: expect.any(Number), cpuMilli: 250 },
    ]);
    const [own] = body.data;
    expect(Math.round(own.requestsPerSecond * own.overSeconds)).toBe(45);
    expect(own.requestsPerSecondByMinute).toHaveLength(30);
    expect(own.requestsPerSecondByMinute.some((rate: number) => rate > 0)).toBe(true);
    expect((await world.ask('GET /v1/metrics')).body.data).toHaveLength(2);
    const foreign = await world.ask('GET /v1/metrics?project=theirs', { token: ours.tokens.read });
    expect([foreign.status, foreign.body.errors[0].path]).toEqual([400, 'project']);
    expect((await world.ask('GET /v1/metrics', { token: theirs.tokens.environment })).body.data).toHaveLength(1);
  });

  it('take as many statements for one service as for many', async () => {
    const now = Date.now();
    const statements = async (ids: readonly string[]) => {
      let count = 0;
      const tx = new Proxy(world.db.tx, {
        get: (target, key) => {
          if (key === '$queryRaw') count += 1;
          return Reflect.get(target, key);
        },
      });
      const figuresOf = await readRecentFigures(tx, ids, now);
      return { count, requests: figuresOf(ours.ids.service ?? '').requestsPerSecond };
    };
    const one = await statements([ours.ids.service ?? '']);
    const many = await statements([...Array.from({ length: 200 }, () => newId('svc')), ours.ids.service ?? '']);
    expect(one.requests).toBeGreaterThan(0);
    expect(many).toEqual({ count: 2, requests: one.requests });
    expect(one.count).toBe(2);
  });
});

describe('replicas', () => {
  it('come with what they used last', async () => {
    const usedAt = startOfSlot(Date.now()) - 2 * slotMs;
    await write(ours, usedAt, { cpuMs: 2_500, memoryMiB: 512, measured: 1n, inFlight: 2 });
    const { body } = await world.ask(`GET /v1/services/${ours.ids.service}/replicas`);
    expect(body.data).toMatchObject([
      {
        id: replicaOf(ours),
        usage: { at: new Date(usedAt).toISOString(), cpuMilli: 250, memoryMiB: 512, inFlight: 2 },
      },
    ]);
    expect((await world.ask(`GET /v1/services/${theirs.ids.service}/replicas`)).body.data[0].usage).toBeNull();
  });
});

describe('streams of figures', () => {
  const followed = () =>
    waitUntil('the stream to be followed', async () =>
      ((await world.ask('GET /metrics')).body as string).includes('sconce_metric_followers 1'),
    );
  const measureNow = async (tenant: Tenant, good: number) => {
    for (const at of slotsAround()) await write(tenant, at, { answers: [0, 0, good, 0, 0, 0] });
    await announceMetrics(world.db.tx);
  };

  it('tell what was missed, then what is new', async () => {
    const abort = new AbortController();
    const seen: MetricPoint[] = [];
    const service = ours.ids.service ?? '';
    const input = { params: { service }, after: String(slot - slotMs), signal: abort.signal };
    const reading = (async () => {
      for await (const point of client(ours.tokens.read).follow.getServiceMetrics(input)) seen.push(point);
    })().catch(() => {});
    await waitUntil('what was missed', () => at(seen, slot)?.requestsPerSecond === 4.5);
    await followed();
    await measureNow(ours, 70);
    await waitUntil('what is new', () => seen.some((point) => point.requestsPerSecond === 7));
    abort.abort();
    await reading;
    const refused = await world.ask(`GET /v1/services/${service}/metrics?step=1m`, {
      headers: { accept: 'text/event-stream' },
    });
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'step']);
  });

  it('ride on the stream of events when asked to, each to whom it concerns', async () => {
    const abort = new AbortController();
    const seen: { type: string; service: string | null; data: Record<string, unknown> }[] = [];
    const reading = (async () => {
      const input = { query: { measured: true }, signal: abort.signal };
      for await (const event of client(theirs.tokens.read).follow.listEvents(input)) seen.push(event);
    })().catch(() => {});
    await followed();
    await measureNow(ours, 10);
    await measureNow(theirs, 50);
    const rate = ({ data }: (typeof seen)[number]) => (data.point as MetricPoint | undefined)?.requestsPerSecond;
    // Before it has figures it may be told that there are none.
    const told = await waitUntil('its figures', () =>
      seen.find((event) => event.service === theirs.ids.service && rate(event) === 5),
    );
    await client().createService({ params: { environment: 'theirs/production' }, body: { slug: 'other' } });
    await waitUntil('an event beside them', () => seen.some(({ type }) => type === 'service.created'));
    abort.abort();
    await reading;
    const measured = seen.filter(({ type }) => type === 'service.measured');
    expect(new Set(measured.map(({ service }) => service))).toEqual(new Set([theirs.ids.service]));
    expect(told.data).toMatchObject({
      recent: { overSeconds: expect.any(Number), until: expect.any(String) },
      replicas: {},
    });
    const history = await world.ask('GET /v1/events?measured=true');
    expect([history.status, history.body.errors[0].path]).toEqual([400, 'measured']);
    expect((await world.ask('GET /v1/events?type=service.measured')).body.data).toEqual([]);
  });
});

describe('metrics of a cluster', () => {
  const poolRow = (at: number) => ({
    resolutionSeconds: 10 as const,
    at,
    cluster: 'local',
    pool: 'host-1',
    cpuMilli: 1_500,
    memoryMiB: 4_000,
    diskUsedMiB: 9_000,
    diskSlots: 1,
    gpusHeld: 2,
    gpuPercent: 120,
    gpus: 2,
    gpuMemoryMiB: 30_000,
    gpuMemorySlots: 1,
    measured: 1n,
  });

  it('say what was used of each node pool', async () => {
    const pool = { name: 'host-1', nodes: 1, cpuMilli: 8_000, memoryMiB: 16_000, diskMiB: 0, diskFreeMiB: 0, gpus: [] };
    await putCluster(world.db.tx, { name: 'local', pools: [pool], warnings: [], observedAt: new Date() });
    await addPoolMetrics(world.db.tx, [poolRow(slot)]);
    const { body } = await world.ask('GET /v1/clusters/local/metrics', { token: ours.tokens.read });
    expect(body.pools.map(({ pool: name }: { pool: string }) => name)).toEqual(['host-1']);
    expect(at(body.pools[0].points, slot)).toMatchObject({
      cpuMilli: 1_500,
      memoryMiB: 4_000,
      diskUsedMiB: 9_000,
      gpusHeld: 2,
      gpuPercent: 60,
      gpuMemoryMiB: 30_000,
    });
    expect((await world.ask('GET /v1/clusters/none/metrics')).status).toBe(404);
    expect((await world.ask('GET /v1/clusters/local/metrics?since=x')).body.errors[0].path).toBe('since');
  });

  it('ride on the stream of all events when asked to, to everybody, and on no narrower one', async () => {
    const abort = new AbortController();
    const [all, narrow]: [Event[], Event[]] = [[], []];
    const follow = async (into: Event[], stream: AsyncIterable<Event>) => {
      for await (const event of stream) into.push(event);
    };
    const query = { measured: true };
    const { follow: streams } = client(theirs.tokens.read);
    const reading = [
      follow(all, streams.listEvents({ query, signal: abort.signal })),
      follow(narrow, streams.listProjectEvents({ params: { project: 'theirs' }, query, signal: abort.signal })),
    ].map((each) => each.catch(() => {}));
    await waitUntil('the streams to be followed', async () =>
      ((await world.ask('GET /metrics')).body as string).includes('sconce_metric_followers 2'),
    );
    const slots = slotsAround();
    await addPoolMetrics(world.db.tx, slots.map(poolRow));
    for (const at of slots) await write(theirs, at, { answers: [0, 0, 10, 0, 0, 0] });
    await announceMetrics(world.db.tx);
    const told = await waitUntil('the cluster', () => all.find(({ type }) => type === 'cluster.measured'));
    const data = told.data as ClusterMeasured;
    expect(told).toMatchObject({ subject: 'local', project: null, at: data.at });
    expect(data.pools).toEqual([
      {
        pool: 'host-1',
        point: {
          at: data.at,
          cpuMilli: 1_500,
          memoryMiB: 4_000,
          diskUsedMiB: 9_000,
          gpusHeld: 2,
          gpuPercent: 60,
          gpuMemoryMiB: 30_000,
        },
      },
    ]);
    await waitUntil('its service', () => narrow.some(({ type }) => type === 'service.measured'));
    abort.abort();
    await Promise.all(reading);
    expect(narrow.every(({ type }) => type === 'service.measured')).toBe(true);
  });
});
