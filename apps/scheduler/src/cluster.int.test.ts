import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type CrashableScheduler,
  clockWithoutPolls,
  quickSettings,
  type SchedulerWorld,
  schedulerWorld,
} from './testing/scheduler-world.ts';

let world: SchedulerWorld;
let scheduler: CrashableScheduler;
const warnings: string[] = [];
beforeAll(async () => {
  world = await schedulerWorld();
  const gpus = ['a', 'b'].map((id) => ({ id, product: 'NVIDIA L4', memoryMiB: 23_034 }));
  world.engine.setMachine({ cpuMilli: 8_000, memoryMiB: 32_768, gpus });
  scheduler = world.startScheduler({ clock: clockWithoutPolls });
  world.gateway();
});
afterAll(() => world.close());

interface Row {
  readonly pools: { readonly gpus: { readonly product: string; readonly total: number; readonly free: number }[] }[];
  readonly warnings: string[];
  readonly away_at: Date | null;
  readonly observed_at: Date;
}
const cluster = async () => (await world.rows<Row>("SELECT * FROM cluster WHERE name = 'local'"))[0];
const free = async () => (await cluster())?.pools[0]?.gpus[0]?.free;

it('is written down when the scheduler begins to lead', async () => {
  const row = await waitUntil('the cluster', cluster);
  expect(row).toMatchObject({
    pools: [{ name: 'fake', nodes: 1, cpuMilli: 8_000, gpus: [{ product: 'NVIDIA L4', total: 2, free: 2 }] }],
    warnings: [],
    away_at: null,
  });
});

it('is written down again when a replica took a GPU, and when it gave it back, not only at the next look', async () => {
  const gpu = { product: 'L4', count: 1, memoryMiB: null };
  const service = await world.service({ ...quickSettings, resources: { gpu } });
  await world.reaches((await world.deploy(service)).rolloutId, 'complete');
  await waitUntil('one to be taken', async () => (await free()) === 1);
  await world.deleteService(service);
  await waitUntil('both to be free', async () => (await free()) === 2);
});

it('says what is not as it should be, and since when it does not answer; what it said last stays', async () => {
  await scheduler.stop();
  world.startScheduler({ runtime: Object.assign({}, world.runtime, { warnings: () => [...warnings] }) });
  warnings.push('Networks are not kept apart.');
  await waitUntil('the warning', async () => (await cluster())?.warnings.length === 1);
  const before = await cluster();
  world.engine.setAway(true);
  const away = await waitUntil('it to be noted', async () => {
    const row = await cluster();
    return row?.away_at ? row : null;
  });
  expect(away.pools).toEqual(before?.pools);
  world.engine.setAway(false);
  await waitUntil('it to answer', async () => (await cluster())?.away_at === null);
});
