import { createService, deleteEnvironment, deleteProject, deleteService } from '@sconce/engine';
import { waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FakeGateway } from './testing/fake-gateway.ts';
import {
  type CrashableScheduler,
  clockWithoutPolls,
  quickSettings,
  type SchedulerWorld,
  schedulerWorld,
  type TestService,
} from './testing/scheduler-world.ts';

let world: SchedulerWorld;
let gateway: FakeGateway;
let scheduler: CrashableScheduler;
beforeAll(async () => {
  world = await schedulerWorld();
  scheduler = world.startScheduler({ clock: clockWithoutPolls });
  gateway = world.gateway();
});
afterAll(() => world.close());
afterEach(() => expect(world.lost).toEqual([]));

const by = { expectedVersion: null, actor: null, volumesToo: true } as const;

const runs = (service: TestService) =>
  [...world.engine.replicas.values()].some((each) => each.target.service.service === service.id);
const place = (service: TestService) => [...world.engine.places].find(([id]) => id === service.environmentId)?.[1];

async function deployed(): Promise<TestService> {
  const service = await world.service({
    ...quickSettings,
    volumes: [{ name: 'cache', path: '/cache', sizeMiB: null }],
  });
  await world.reaches((await world.deploy(service)).rolloutId, 'complete');
  expect([...(place(service) ?? [])]).toEqual(['cache']);
  return service;
}

async function goes(service: TestService): Promise<void> {
  await waitUntil('its route to go', () => gateway.route(service.name) === undefined);
  await waitUntil('its replicas to go', () => !runs(service));
}

describe('what is deleted goes at a wake, not only at the next poll', () => {
  it('a service: route and replicas; the environment keeps its network and volumes', async () => {
    const service = await deployed();
    await deleteService(world.deps, { id: service.id, ...by });
    await goes(service);
    expect([...(place(service) ?? [])]).toEqual(['cache']);
  });

  it('an environment: also its network and volumes', async () => {
    const service = await deployed();
    await deleteEnvironment(world.deps, { id: service.environmentId, ...by });
    await goes(service);
    await waitUntil('its network and volumes to go', () => place(service) === undefined);
  });

  it('a project: everything in it', async () => {
    const service = await deployed();
    await deleteProject(world.deps, { id: service.projectId, ...by });
    await goes(service);
    await waitUntil('its networks and volumes to go', () => place(service) === undefined);
  });

  it('an environment whose last service went before it', async () => {
    const service = await deployed();
    await deleteService(world.deps, { id: service.id, ...by });
    await goes(service);
    await deleteEnvironment(world.deps, { id: service.environmentId, ...by });
    await waitUntil('its network and volumes to go', () => place(service) === undefined);
  });

  it('also when the engine was away just then', async () => {
    // It is asked again now and then, which takes the polls.
    await scheduler.stop();
    scheduler = world.startScheduler();
    const service = await deployed();
    world.engine.setAway(true);
    await deleteEnvironment(world.deps, { id: service.environmentId, ...by });
    await waitUntil('its route to go', () => gateway.route(service.name) === undefined);
    world.engine.setAway(false);
    await waitUntil('its replicas to go', () => !runs(service));
    await waitUntil('its network and volumes to go', () => place(service) === undefined);
  });
});

it('a new service is known to the gateways at once, with nothing behind its address yet', async () => {
  await scheduler.stop();
  scheduler = world.startScheduler({ clock: clockWithoutPolls });
  const { environmentId, name } = await world.service();
  const made = { name: 'other', repository: null, settings: {}, build: {}, secretGroups: [], actor: null };
  await createService(world.deps, { environmentId, slug: 'other', ...made });
  const other = name.replace(/web$/, 'other');
  await waitUntil('its route', () => gateway.route(other) !== undefined);
  expect(gateway.replicasOf(other)).toEqual([]);
});
