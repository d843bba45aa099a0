import { rollBackService } from '@sconce/engine';
import { aSidecar } from '@sconce/testkit';
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

const image = (name: string) => `registry.example/${name}:1`;
const withSidecar = (name: string) => ({ ...quickSettings, sidecars: [aSidecar({ image: image(name) })] });
const set = (service: TestService, settings: object) =>
  world.rows('UPDATE service SET settings = $2 WHERE id = $1', [service.id, settings]);
const targetsOf = (service: TestService) =>
  [...world.engine.replicas.values()].map(({ target }) => target).filter((one) => one.service.service === service.id);

const imageOf = (service: TestService, release: string) =>
  targetsOf(service).find((target) => target.release === release)?.sidecars?.[0]?.image;

describe('the sidecars of a service', () => {
  it('are frozen in a release, make a new one when they change, and come back with a rollback', async () => {
    const service = await world.service(withSidecar('one'));
    const first = await world.deploy(service);
    await world.reaches(first.rolloutId, 'complete');
    expect(imageOf(service, first.release.id)).toBe(image('one'));
    await set(service, withSidecar('two'));
    const second = await world.tryDeploy(service, { imageDigest: first.release.imageDigest });
    if (!('release' in second)) throw new Error(second.message);
    await world.reaches(second.rolloutId, 'complete');
    expect(second.release.id).not.toBe(first.release.id);
    expect(imageOf(service, second.release.id)).toBe(image('two'));
    const back = await rollBackService(world.deps, { serviceId: service.id, actor: null });
    await world.reaches(back.rolloutId, 'complete');
    expect(imageOf(service, first.release.id)).toBe(image('one'));
    expect(gateway.servingOf(service.name)).toBe(1);
  });

  it('that fail keep a release from going live, and the one before serves', async () => {
    const service = await world.service();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    world.engine.program(image('broken'), { kind: 'crashes', exitCode: 3 });
    await set(service, { ...withSidecar('broken'), probe: { ...quickSettings.probe, startupTimeoutMs: 1_500 } });
    const bad = await world.deploy(service);
    expect(await world.reaches(bad.rolloutId, 'aborted')).toMatchObject({
      reason: 'never_ready',
      message: expect.stringContaining('Its sidecar cache: It ended with exit code 3'),
    });
    expect(gateway.servingOf(service.name)).toBe(1);
  });

  it('count with their memory: what fits nowhere with them is refused before it starts', async () => {
    world.engine.setMachine({ cpuMilli: 8_000, memoryMiB: 1_000, gpus: [] });
    const resources = { memoryMiB: 600 };
    const service = await world.service({ ...quickSettings, resources });
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    await set(service, { ...quickSettings, resources, sidecars: [aSidecar({ memoryMiB: 600 })] });
    const bad = await world.deploy(service);
    expect(await world.reaches(bad.rolloutId, 'aborted')).toMatchObject({ reason: 'memory_insufficient' });
    expect(targetsOf(service)).toHaveLength(1);
  });
});
