import { rollBackService } from '@sconce/engine';
import type { Runtime } from '@sconce/ports';
import { waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FakeGateway } from './testing/fake-gateway.ts';
import { quickSettings, type SchedulerWorld, schedulerWorld } from './testing/scheduler-world.ts';

let world: SchedulerWorld;
let gateway: FakeGateway;
/** Null while retirements begin at once. */
let retirements: { readonly begun: PromiseWithResolvers<void>; readonly held: Promise<void> } | null = null;

beforeAll(async () => {
  world = await schedulerWorld();
  const { runtime } = world;
  const retire: Runtime['retire'] = async (what) => {
    retirements?.begun.resolve();
    await retirements?.held;
    await runtime.retire(what);
  };
  world.startScheduler({ runtime: { ...runtime, retire } });
  gateway = world.gateway();
});
afterAll(() => world.close());
afterEach(() => expect(world.lost).toEqual([]));

/** As an engine that has other things to do first: what is to go looks well until `release`. */
function holdRetirements(): { readonly begun: Promise<void>; release(): void } {
  const begun = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  retirements = { begun, held: held.promise };
  return {
    begun: begun.promise,
    release() {
      retirements = null;
      held.resolve();
    },
  };
}

describe('a release', () => {
  it('is live when a gateway routes to its ready replica', async () => {
    const service = await world.service();
    const first = await world.deploy(service);
    await world.isLive(service, first);
    expect(gateway.servingOf(service.name)).toBe(1);
    expect(gateway.route(service.name)).toMatchObject({ pathPrefix: `/${service.name}`, unavailable: null });
    const done = await world.reaches(first.rolloutId, 'complete');
    expect(done).toMatchObject({ reason: null, generation: 1 });
    const events = await world.rows<{ type: string }>(
      'SELECT type FROM event WHERE service_id = $1 ORDER BY position',
      [service.id],
    );
    expect(events.map(({ type }) => type)).toEqual([
      'release.created',
      'rollout.started',
      'rollout.preparing',
      'replica.ready',
      'rollout.shifting',
      'rollout.draining',
      'release.live',
      'rollout.complete',
    ]);
  });

  it('replaces the one before, which goes only after that', async () => {
    const service = await world.service();
    await world.isLive(service, await world.deploy(service));
    const second = await world.deploy(service);
    await world.reaches(second.rolloutId, 'complete');
    expect(gateway.servingOf(service.name)).toBe(2);
    const releases = () =>
      [...world.engine.replicas.values()]
        .filter((replica) => replica.target.service.service === service.id)
        .map((replica) => replica.target.releaseNumber);
    expect(releases()).toEqual([1, 2]);
    await waitUntil('the watch to be over, and what stood by to go', () => releases().join() === '2');
  });

  it('shares the replicas of an equal release that is live: nothing is started', async () => {
    const service = await world.service();
    const first = await world.deploy(service);
    await world.reaches(first.rolloutId, 'complete');
    const [replica] = gateway.replicasOf(service.name);
    const again = await world.deploy(service, undefined, { imageDigest: first.release.imageDigest });
    expect(again.sharesReplicas).toBe(true);
    await world.reaches(again.rolloutId, 'complete');
    expect(gateway.replicasOf(service.name)).toEqual([replica]);
    expect(gateway.servingOf(service.name)).toBe(2);
  });

  it('changes only how it is watched, drained and scaled on the replicas that stand', async () => {
    const service = await world.service();
    const first = await world.deploy(service);
    await world.reaches(first.rolloutId, 'complete');
    const replicas = gateway.replicasOf(service.name);
    const settings = { ...quickSettings, drainTimeoutMs: 700, watchMs: 900, scaling: { max: 3, concurrency: 2 } };
    await world.rows('UPDATE service SET settings = $2 WHERE id = $1', [service.id, settings]);
    const next = await world.deploy(service, undefined, { imageDigest: first.release.imageDigest });
    expect(next.sharesReplicas).toBe(true);
    await world.reaches(next.rolloutId, 'complete');
    expect(gateway.replicasOf(service.name)).toEqual(replicas);
    expect(gateway.route(service.name)).toMatchObject({ targets: [{ releaseNumber: 2 }], concurrency: 2 });
    expect(next.release.spec).toMatchObject({ drainTimeoutMs: 700, watchMs: 900, scaling: { max: 3 } });
  });

  it('waits for a gateway while none is there, and says so', async () => {
    const service = await world.service();
    const first = await world.deploy(service);
    await world.isLive(service, first);
    gateway.acknowledges = false;
    const second = await world.deploy(service);
    await waitUntil(
      'the wait to be shown',
      async () => (await world.rollout(second.rolloutId)).reason === 'waiting_for_gateways',
    );
    expect(await world.rollout(second.rolloutId)).toMatchObject({
      phase: 'shifting',
      message: '1 of 1 gateways have not taken the new routes yet.',
    });
    expect(gateway.servingOf(service.name)).toBe(1);
    gateway.acknowledge();
    await world.isLive(service, second);
  });
});

describe('a bad release never takes the good one down', () => {
  it.each([
    ['crash_loop', { kind: 'crashes', exitCode: 3 }, /ended 3 times before it was ready, last with exit code 3/],
    ['out_of_memory', { kind: 'out_of_memory' }, /more memory than it may/],
    ['never_ready', { kind: 'never_ready' }, /was not ready 1 s after its start/],
  ] as const)('%s', async (reason, behaviour, message) => {
    const service = await world.service({
      ...quickSettings,
      probe: { ...quickSettings.probe, startupTimeoutMs: 1_000 },
    });
    const good = await world.deploy(service);
    await world.isLive(service, good);
    const bad = await world.deploy(service, behaviour);
    const ended = await world.reaches(bad.rolloutId, 'aborted');
    expect(ended.reason).toBe(reason);
    expect(ended.message).toMatch(message);
    expect(gateway.servingOf(service.name)).toBe(1);
    const [row] = await world.rows('SELECT desired_release_id, live_release_id FROM service WHERE id = $1', [
      service.id,
    ]);
    expect(row).toEqual({ desired_release_id: good.release.id, live_release_id: good.release.id });
  });

  it('shows the last lines of the replica that failed', async () => {
    const service = await world.service();
    const bad = await world.deploy(service, { kind: 'never_ready' });
    const replica = await waitUntil('a replica', () =>
      [...world.engine.replicas.values()].find((each) => each.target.service.service === service.id),
    );
    replica.print('stderr', 'Traceback (most recent call last):');
    replica.print('stderr', 'ValueError: no weights');
    for (let restarts = 0; restarts < 3; restarts += 1) {
      await waitUntil('its process to run', () => {
        const seen = replica.observe();
        return seen.restarts === restarts && seen.address !== null;
      });
      replica.kill(1);
    }
    const ended = await world.reaches(bad.rolloutId, 'aborted');
    expect(ended.last_lines.map((line) => line.text)).toEqual([
      'Traceback (most recent call last):',
      'ValueError: no weights',
    ]);
  });

  it('is refused before anything is stopped when there is no GPU', async () => {
    const service = await world.service();
    await world.isLive(service, await world.deploy(service));
    await world.rows('UPDATE service SET settings = $2 WHERE id = $1', [
      service.id,
      { ...quickSettings, resources: { gpu: { product: 'H100', count: 1, memoryMiB: null } } },
    ]);
    const bad = await world.deploy(service);
    expect(await world.reaches(bad.rolloutId, 'aborted')).toMatchObject({ reason: 'no_gpu_here' });
    const started = [...world.engine.replicas.values()].filter(
      (replica) => replica.target.service.service === service.id,
    );
    expect(started.map((replica) => replica.target.releaseNumber)).toEqual([1]);
  });

  it('is checked with the GPUs of its own old replicas counted as free', async () => {
    const gpu = { product: 'H100', count: 1, memoryMiB: null };
    world.engine.setMachine({
      cpuMilli: 8_000,
      memoryMiB: 32_768,
      gpus: [{ id: 'gpu-0', product: 'NVIDIA H100', memoryMiB: 81_559 }],
    });
    const [own, other] = [await world.service({ ...quickSettings, resources: { gpu } }), await world.service()];
    await world.isLive(own, await world.deploy(own));
    await world.rows('UPDATE service SET settings = $2 WHERE id = $1', [
      other.id,
      { ...quickSettings, resources: { gpu } },
    ]);
    const phases = async (rolloutId: string) =>
      (
        await world.rows<{ type: string }>('SELECT type FROM event WHERE subject_id = $1 ORDER BY position', [
          rolloutId,
        ])
      )
        .map(({ type }) => type)
        .slice(0, 2);
    const foreign = await world.deploy(other);
    expect(await world.reaches(foreign.rolloutId, 'aborted')).toMatchObject({ reason: 'gpu_insufficient' });
    expect(await phases(foreign.rolloutId)).toEqual(['rollout.started', 'rollout.aborting']);
    const next = await world.deploy(own);
    await world.reaches(next.rolloutId, 'complete');
    expect(await phases(next.rolloutId)).toEqual(['rollout.started', 'rollout.preparing']);
    world.engine.setMachine({ cpuMilli: 8_000, memoryMiB: 32_768, gpus: [] });
  });

  it('is taken back when it fails while it is watched, and is not tried again', async () => {
    const service = await world.service({ ...quickSettings, watchMs: 600_000 });
    const good = await world.deploy(service);
    await world.isLive(service, good);
    const bad = await world.deploy(service);
    await world.isLive(service, bad);
    const lostBefore = world.lost.length;
    const replica = [...world.engine.replicas.values()].find((each) => each.target.release === bad.release.id);
    replica?.print('stderr', 'Segmentation fault');
    replica?.kill(139);
    await world.isLive(service, good);
    // What was sent to the replica between its death and the news of it is lost whatever anyone does; after that nothing is.
    world.lost.length = lostBefore;
    expect(await world.rollout(bad.rolloutId)).toMatchObject({
      reason: 'failed_while_watched',
      message: /ended \d+ s after the release went live/,
    });
    const [restore] = await world.rows<{ id: string; cause: string }>(
      'SELECT id, cause FROM rollout WHERE service_id = $1 ORDER BY generation DESC LIMIT 1',
      [service.id],
    );
    expect(restore?.cause).toBe('restore');
    await world.reaches(restore?.id ?? '', 'complete');
    expect(gateway.servingOf(service.name)).toBe(1);
  });
});

describe('a rollback', () => {
  it('brings back the release before, with its own image and variables, and pins', async () => {
    const service = await world.service();
    const first = await world.deploy(service);
    await world.reaches(first.rolloutId, 'complete');
    const second = await world.deploy(service);
    await world.reaches(second.rolloutId, 'complete');
    const plan = await rollBackService(world.deps, { serviceId: service.id, actor: 'usr_ada', dryRun: true });
    expect(plan.release.id).toBe(first.release.id);
    expect(
      await world.rows("SELECT 1 FROM rollout WHERE service_id = $1 AND cause = 'rollback'", [service.id]),
    ).toEqual([]);
    const back = await rollBackService(world.deps, { serviceId: service.id, actor: 'usr_ada' });
    await world.reaches(back.rolloutId, 'complete');
    expect(gateway.servingOf(service.name)).toBe(1);
    expect(await world.tryDeploy(service, { cause: 'push', position: 1n })).toMatchObject({
      reason: 'auto_deploy_pinned',
    });
    await expect(rollBackService(world.deps, { serviceId: service.id, actor: null })).rejects.toMatchObject({
      code: 'nothing_to_roll_back_to',
    });
    world.images.delete(second.release.imageDigest);
    await expect(
      rollBackService(world.deps, { serviceId: service.id, releaseId: second.release.id, actor: null }),
    ).rejects.toMatchObject({ code: 'image_collected' });
  });

  it('while the new release is watched is a change of routes: the replicas before still stand', async () => {
    const service = await world.service({ ...quickSettings, watchMs: 600_000 });
    const first = await world.deploy(service);
    await world.reaches(first.rolloutId, 'complete');
    const before = gateway.replicasOf(service.name);
    const second = await world.deploy(service);
    await world.reaches(second.rolloutId, 'complete');
    const back = await rollBackService(world.deps, { serviceId: service.id, actor: 'usr_ada' });
    await world.reaches(back.rolloutId, 'complete');
    expect(gateway.servingOf(service.name)).toBe(1);
    expect(gateway.replicasOf(service.name)).toEqual(before);
  });

  it('to what is just being taken away starts it anew, and does not count on it', async () => {
    const held = holdRetirements();
    const service = await world.service({ ...quickSettings, watchMs: 0 });
    const first = await world.deploy(service);
    await world.reaches(first.rolloutId, 'complete');
    await world.deploy(service);
    await held.begun;
    const back = await rollBackService(world.deps, { serviceId: service.id, actor: 'usr_ada' });
    expect(back.release.id).toBe(first.release.id);
    const waits = await world.reaches(back.rolloutId, 'preparing', 'shifting', 'draining', 'complete', 'aborting');
    expect(waits.phase).toBe('preparing');
    await waitUntil('the rollback to say what it waits for', async () => {
      const { message } = await world.rollout(back.rolloutId);
      return message?.includes('0 of 1 replicas ready: It is being stopped.');
    });
    held.release();
    await world.reaches(back.rolloutId, 'complete');
    expect(gateway.servingOf(service.name)).toBe(1);
  });
});

describe('between rollouts', () => {
  it('starts again what was removed by hand, and routes to its new address', async () => {
    const service = await world.service({ ...quickSettings, watchMs: 0 });
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    const [before] = gateway.replicasOf(service.name);
    const lostBefore = world.lost.length;
    world.engine.replicas.get(before ?? '')?.remove();
    await waitUntil('another replica to be routed to', () => {
      const [now] = gateway.replicasOf(service.name);
      return now !== undefined && now !== before;
    });
    world.lost.length = lostBefore;
  });

  it('follows the addresses of replicas through a restart of the engine', async () => {
    const service = await world.service({ ...quickSettings, watchMs: 0 });
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    const address = () => gateway.route(service.name)?.targets[0]?.replicas[0]?.host;
    const before = address();
    world.engine.restart();
    await waitUntil('the new address', () => address() !== undefined && address() !== before);
  });

  it('changes nothing while the engine is away, says so, and goes on when it is back', async () => {
    const service = await world.service();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    world.engine.setAway(true);
    const next = await world.deploy(service);
    await waitUntil(
      'the reason to be shown',
      async () => (await world.rollout(next.rolloutId)).reason === 'runtime_unavailable',
    );
    expect(gateway.servingOf(service.name)).toBe(1);
    world.engine.setAway(false);
    await world.isLive(service, next);
  });

  it('takes everything of a deleted service away', async () => {
    const service = await world.service();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    await world.deleteService(service);
    await waitUntil(
      'its replicas to be gone',
      () => ![...world.engine.replicas.values()].some((each) => each.target.service.service === service.id),
    );
    await waitUntil('its route to be gone', () => gateway.route(service.name) === undefined);
    await waitUntil(
      'its rows to be gone',
      async () => (await world.rows('SELECT 1 FROM replica WHERE service_id = $1', [service.id])).length === 0,
    );
  });
});
