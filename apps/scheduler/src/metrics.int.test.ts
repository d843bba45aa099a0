import type { GatewayTraffic } from '@sconce/contract';
import { slotMs, startOfSlot } from '@sconce/core';
import { silentLog } from '@sconce/foundation';
import { freePort, waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quickSettings, type SchedulerWorld, schedulerWorld } from './testing/scheduler-world.ts';

let world: SchedulerWorld;
beforeAll(async () => {
  world = await schedulerWorld();
});
afterAll(() => world.close());

interface Row {
  readonly seconds: number;
  readonly good: number;
  readonly cpu_milli: number | null;
  readonly memory: number | null;
  readonly percent: number | null;
  readonly release: string;
}
const rows = (service: string, seconds: number) =>
  world.rows<Row>(
    `SELECT resolution_seconds AS seconds, answers_2xx AS good, release_id AS release, cpu_ms / 10 / NULLIF(bit_count(measured::bit(64)), 0) AS cpu_milli,
       memory_mib / NULLIF(bit_count(measured::bit(64)), 0) AS memory, gpu_percent / NULLIF(gpus, 0) AS percent
     FROM service_metric WHERE service_id = $1 AND resolution_seconds = $2 ORDER BY at`,
    [service, seconds],
  );

/** Of all ten minutes: they may end at any moment. */
const counted = async (service: string) => (await rows(service, 600)).reduce((sum, { good }) => sum + good, 0);

function traffic(service: string, sequences: readonly number[]): GatewayTraffic {
  const items = [
    {
      service,
      release: 'rel_1',
      replica: 'a',
      answers: [0, 0, 5, 0, 0, 0],
      ownErrors: 0,
      inFlight: 0,
      waiting: 0,
      latency: [40, 5],
    },
  ] as unknown as GatewayTraffic['samples'][number]['items'];
  const at = startOfSlot(Date.now()) - slotMs;
  return { type: 'traffic', boot: 'b1', samples: sequences.map((sequence) => ({ sequence, at, items })) };
}

describe('what a gateway counted', () => {
  it('is acknowledged once it is written down, and counted once across a crash of the scheduler', async () => {
    const first = world.startScheduler();
    const gateway = world.gateway('gtw_counting');
    await waitUntil('a table', () => gateway.table);
    const { id } = await world.service();
    gateway.send(traffic(id, [1, 2]));
    await waitUntil('the acknowledgement', () => gateway.taken.at(-1)?.sequence === 2);
    expect(await counted(id)).toBe(10);

    first.crash();
    await world.expireLease();
    gateway.breakLink();
    const second = world.startScheduler();
    await waitUntil('the link port', () => second.linkPort());
    // It cannot know what became of the last ones, and says them again.
    await waitUntil('a second acknowledgement', () => {
      gateway.send(traffic(id, [1, 2, 3]));
      return gateway.taken.length > 1;
    });
    expect(await counted(id)).toBe(15);
    expect(gateway.taken.at(-1)).toEqual({ boot: 'b1', sequence: 3 });
    await second.stop();
    gateway.stop();
  });

  it('waits while the database does not answer, and is then written down', async () => {
    const said: string[] = [];
    const warn = (_: object, text: string) => void said.push(text);
    const scheduler = world.startScheduler({ log: { ...silentLog, warn } });
    const gateway = world.gateway('gtw_patient');
    await waitUntil('a table', () => gateway.table);
    const { id } = await world.service();
    await world.rows('ALTER TABLE service_metric RENAME TO service_metric_away');
    gateway.send(traffic(id, [1]));
    await waitUntil('a try that failed', () => said.some((text) => text.includes('gateways counted')));
    expect(gateway.taken).toEqual([]);
    await world.rows('ALTER TABLE service_metric_away RENAME TO service_metric');
    await waitUntil('the acknowledgement', () => gateway.taken.length === 1);
    expect((await rows(id, 10)).map(({ good }) => good)).toEqual([5]);
    await scheduler.stop();
    gateway.stop();
  });
});

describe('what replicas use', () => {
  it('is written down slot by slot, for the release that is live on them', async () => {
    const gpus = [{ id: 'gpu-0', product: 'NVIDIA L4', memoryMiB: 23_034 }];
    world.engine.setMachine({ cpuMilli: 8_000, memoryMiB: 32_768, gpus });
    const scheduler = world.startScheduler();
    const gateway = world.gateway('gtw_usage');
    const resources = { gpu: { product: 'L4', count: 1, memoryMiB: null } };
    const service = await world.service({ ...quickSettings, resources });
    const imageDigest = `sha256:${'5'.repeat(64)}`;
    world.images.add(imageDigest);
    world.engine.use(imageDigest, { cpuMilli: 750, memoryMiB: 2_048, gpuPercent: 80, gpuMemoryMiB: 9_000 });
    const release = await world.deploy(service, undefined, { imageDigest });
    await world.isLive(service, release);
    const [row] = await waitUntil(
      'two looks',
      async () => {
        const found = await rows(service.id, 10);
        return found.length > 0 ? found : null;
      },
      180_000,
    );
    expect(row).toMatchObject({ memory: 2_048, percent: 80, release: release.release.id, good: 0 });
    expect(row?.cpu_milli).toBeGreaterThan(700);
    expect(row?.cpu_milli).toBeLessThan(800);
    const pools = await world.rows(
      "SELECT gpus_held, gpu_memory_mib, disk_slots FROM pool_metric WHERE cluster = 'local' AND resolution_seconds = 10",
    );
    expect(pools.at(-1)).toEqual({ gpus_held: 1, gpu_memory_mib: 9_000, disk_slots: 0 });
    await scheduler.stop();
    gateway.stop();
  });
});

describe('figures of a scheduler', () => {
  it('are on its link’s port, in OpenMetrics', async () => {
    const port = await freePort();
    const scheduler = world.startScheduler({ port });
    await waitUntil('the port', () => scheduler.linkPort());
    const read = (headers: Record<string, string> = {}) => fetch(`http://127.0.0.1:${port}/metrics`, { headers });
    await waitUntil('it to lead', async () => (await (await read()).text()).includes('sconce_scheduler_leading 1'));
    const answer = await read();
    expect(answer.headers.get('content-type')).toContain('application/openmetrics-text');
    const text = await answer.text();
    for (const name of ['sconce_scheduler_gateways', 'process_cpu_seconds', 'process_resident_memory_bytes'])
      expect(text).toMatch(
        new RegExp(`^# TYPE ${name} \\w+\\n(?:# UNIT .*\\n)?# HELP ${name} .+\\n${name}(?:_total)? [\\d.e+]+$`, 'm'),
      );
    expect(text.endsWith('# EOF\n')).toBe(true);
    expect((await read({ 'x-forwarded-for': '10.1.2.3' })).status).toBe(401);
    await scheduler.stop();
  });
});
