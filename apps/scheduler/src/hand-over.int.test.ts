import { pauseRollout, rollBackService } from '@sconce/engine';
import { waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FakeGateway } from './testing/fake-gateway.ts';
import { quickSettings, type SchedulerWorld, schedulerWorld } from './testing/scheduler-world.ts';

let world: SchedulerWorld;
let gateway: FakeGateway;
const gpu = { product: 'L4', count: 1, memoryMiB: null };
const onGpu = { ...quickSettings, resources: { gpu } };
const cards = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `gpu-${index}`, product: 'NVIDIA L4', memoryMiB: 23_034 }));
const machine = (count: number) => ({ cpuMilli: 8_000, memoryMiB: 32_768, gpus: cards(count) });

beforeAll(async () => {
  world = await schedulerWorld();
  world.engine.setMachine(machine(1));
  world.startScheduler();
  gateway = world.gateway();
});
afterAll(() => world.close());
afterEach(() => expect(world.lost).toEqual([]));

async function removed(service: { readonly id: string }): Promise<void> {
  await world.deleteService(service);
  await waitUntil('its replicas to go', () => held(service.id) === 0);
}

async function wasAskedHoursAgo({ id }: { readonly id: string }, hours: number): Promise<void> {
  await world.rows(
    `INSERT INTO service_metric SELECT 600, now() - $2 * interval '1 hour', $1, 'rel_x', '', 0, 0, 5, 0, 0, 0, 0, '{}', 0, 0, 0, 0, 0, 0, 0, 0`,
    [id, hours],
  );
}

const held = (service: string) =>
  [...world.engine.replicas.values()].filter(({ target }) => target.service.service === service).length;

describe('on the only GPU', () => {
  it('one release hands over to the next: requests are held, and none goes to a replica that leaves', async () => {
    const service = await world.service(onGpu);
    await world.isLive(service, await world.deploy(service));
    gateway.acknowledges = false;
    const next = await world.deploy(service);
    const waits = await waitUntil('it to say what it waits for', async () => {
      const rollout = await world.rollout(next.rolloutId);
      return rollout.reason === 'handing_over' ? rollout : null;
    });
    expect(waits).toMatchObject({ phase: 'preparing', strategy: 'hand_over' });
    expect(held(service.id)).toBe(1);
    await expect(pauseRollout(world.deps, { rolloutId: next.rolloutId, actor: 'usr_ada' })).rejects.toMatchObject({
      code: 'conflict',
    });
    const before = gateway.tables.length;
    gateway.acknowledge();
    // It may be over before anybody looks.
    const holds = await waitUntil('the gateway to hold requests', () =>
      gateway.tables
        .slice(before)
        .flatMap(({ routes }) => routes.filter(({ name }) => name === service.name))
        .find(({ targets }) => targets.every(({ replicas }) => replicas.length === 0)),
    );
    expect(holds).toMatchObject({ holdMs: expect.any(Number), unavailable: { code: 'handing_over' } });
    await world.isLive(service, next);
    expect(gateway.servingOf(service.name)).toBe(2);
    expect(gateway.route(service.name)).toMatchObject({ holdMs: null, unavailable: null });
    await world.reaches(next.rolloutId, 'complete');
    await removed(service);
  });

  it('a release that does not start gives the GPU back, and the one before answers what was held', async () => {
    const service = await world.service({ ...onGpu, probe: { ...quickSettings.probe, startupTimeoutMs: 1_000 } });
    await world.isLive(service, await world.deploy(service));
    const bad = await world.deploy(service, { kind: 'never_ready' });
    const ended = await world.reaches(bad.rolloutId, 'aborted');
    expect(ended).toMatchObject({ strategy: 'hand_over', reason: 'never_ready' });
    expect(gateway.servingOf(service.name)).toBe(1);
    expect(held(service.id)).toBe(1);
    await removed(service);
  });

  it('goes back at once in the middle of it', async () => {
    const service = await world.service(onGpu);
    const first = await world.deploy(service);
    await world.isLive(service, first);
    const second = await world.deploy(service);
    await world.isLive(service, second);
    const third = await world.deploy(service, { kind: 'never_ready' });
    await waitUntil('the second one to be gone', () =>
      [...world.engine.replicas.values()].some(({ target }) => target.release === third.release.id),
    );
    const back = await rollBackService(world.deps, { serviceId: service.id, actor: 'usr_ada' });
    expect(back.release.id).toBe(second.release.id);
    await world.reaches(back.rolloutId, 'complete');
    expect(gateway.servingOf(service.name)).toBe(2);
    expect(held(service.id)).toBe(1);
    await removed(service);
  });

  it('a first release that never got ready gives way to the one that mends it', async () => {
    const service = await world.service(onGpu);
    const bad = await world.deploy(service, { kind: 'never_ready' });
    await waitUntil('it to hold the GPU', () => held(service.id) === 1);
    const mended = await world.deploy(service);
    await world.isLive(service, mended);
    expect(await world.rollout(bad.rolloutId)).toMatchObject({ phase: 'superseded' });
    expect(gateway.servingOf(service.name)).toBe(2);
    await removed(service);
  });

  it('another service is told who it would have to wait for, and nobody is disturbed', async () => {
    const holder = await world.service(onGpu);
    await world.isLive(holder, await world.deploy(holder));
    await wasAskedHoursAgo(holder, 7.5);
    const other = await world.service(onGpu);
    const refused = await world.reaches((await world.deploy(other)).rolloutId, 'aborted');
    expect(refused).toMatchObject({ reason: 'gpu_insufficient', strategy: null });
    expect(refused.message).toMatch(/\. Services of other projects hold 1\.$/);
    // Its own project's services are named.
    await world.rows(
      "UPDATE service SET slug = 'neighbour', environment_id = (SELECT environment_id FROM service WHERE id = $2) WHERE id = $1",
      [other.id, holder.id],
    );
    const again = await world.reaches((await world.deploy(other)).rolloutId, 'aborted');
    expect(again.message).toMatch(
      /\. `p-\w+\/production\/web` holds 1 and had no request for 7 h\. Delete `p-\w+\/production\/web` if it is not needed any more\.$/,
    );
    expect(gateway.servingOf(holder.name)).toBe(1);
    await removed(holder);
  });
});

it('where there is room for both, the new one starts beside the old one', async () => {
  world.engine.setMachine(machine(2));
  const service = await world.service(onGpu);
  await world.isLive(service, await world.deploy(service));
  const next = await world.deploy(service);
  await world.reaches(next.rolloutId, 'complete');
  expect(await world.rollout(next.rolloutId)).toMatchObject({ strategy: 'side_by_side' });
  await removed(service);
});

it('what stands by for a way back gives its GPU to a service that has none', async () => {
  world.engine.setMachine(machine(2));
  const service = await world.service({ ...onGpu, watchMs: 600_000 });
  const first = await world.deploy(service);
  await world.reaches(first.rolloutId, 'complete');
  await world.reaches((await world.deploy(service)).rolloutId, 'complete');
  expect(held(service.id)).toBe(2);
  const other = await world.service(onGpu);
  const rollout = await world.deploy(other);
  await world.isLive(other, rollout);
  expect(await world.rollout(rollout.rolloutId)).toMatchObject({ strategy: 'side_by_side' });
  expect(held(service.id)).toBe(1);
  expect(gateway.servingOf(service.name)).toBe(2);
  await removed(service);
  await removed(other);
});
