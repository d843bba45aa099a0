import { createService, deleteEnvironment, deleteProject, deleteService } from '@sconce/engine';
import { waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FakeGateway } from './testing/fake-gateway.ts';
import { quickSettings, type SchedulerWorld, schedulerWorld, type TestService } from './testing/scheduler-world.ts';

let world: SchedulerWorld;
let gateway: FakeGateway;
beforeAll(async () => {
  world = await schedulerWorld();
  world.startScheduler();
  gateway = world.gateway();
});
afterAll(() => world.close());
afterEach(() => expect(world.lost).toEqual([]));

/** Well below the poll, the resync and the housekeeping: only a wake is as quick. */
const momentsMs = 3_000;
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
  await waitUntil('its route to go', () => gateway.route(service.name) === undefined, momentsMs);
  await waitUntil('its replicas to go', () => !runs(service), momentsMs);
}

describe('what is deleted goes within moments', () => {
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
    await waitUntil('its network and volumes to go', () => place(service) === undefined, momentsMs);
  });

  it('a project: everything in it', async () => {
    const service = await deployed();
    await deleteProject(world.deps, { id: service.projectId, ...by });
    await goes(service);
    await waitUntil('its networks and volumes to go', () => place(service) === undefined, momentsMs);
  });

  it('an environment whose last service went before it', async () => {
    const service = await deployed();
    await deleteService(world.deps, { id: service.id, ...by });
    await goes(service);
    await deleteEnvironment(world.deps, { id: service.environmentId, ...by });
    await waitUntil('its network and volumes to go', () => place(service) === undefined, momentsMs);
  });

  it('also when the engine was away just then', async () => {
    const service = await deployed();
    world.engine.setAway(true);
    await deleteEnvironment(world.deps, { id: service.environmentId, ...by });
    await waitUntil('its route to go', () => gateway.route(service.name) === undefined, momentsMs);
    world.engine.setAway(false);
    await waitUntil('its replicas to go', () => !runs(service), 10_000);
    await waitUntil('its network and volumes to go', () => place(service) === undefined, 10_000);
  });
});

it('a new service is known to the gateways within moments, with nothing behind its address yet', async () => {
  const { environmentId, name } = await world.service();
  const made = { name: 'other', repository: null, settings: {}, build: {}, secretGroups: [], actor: null };
  await createService(world.deps, { environmentId, slug: 'other', ...made });
  const other = name.replace(/web$/, 'other');
  await waitUntil('its route', () => gateway.route(other) !== undefined, momentsMs);
  expect(gateway.replicasOf(other)).toEqual([]);
});
