import {
  abortRollout,
  collectImages,
  deployService,
  pauseRollout,
  resumeRollout,
  rollBackService,
  setVariables,
  unpinService,
} from '@sconce/engine';
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

const serviceRow = async (service: TestService) => {
  const [row] = await world.rows(
    'SELECT desired_release_id, live_release_id, generation, next_release_number, pinned_at, deployed_position::int FROM service WHERE id = $1',
    [service.id],
  );
  return row;
};

describe('a new release', () => {
  it('is refused with words when no port is known, and takes the one the image exposes', async () => {
    const service = await world.service({ ...quickSettings, port: null });
    expect(await world.tryDeploy(service, { exposedPorts: [] })).toMatchObject({
      reason: 'port_unknown',
      message: /exposes no port/,
      hint: /port: 8000/,
    });
    expect(await world.tryDeploy(service, { exposedPorts: [80, 443] })).toMatchObject({
      reason: 'port_unknown',
      message: /several ports \(80, 443\)/,
    });
    expect(await serviceRow(service)).toMatchObject({ generation: 0, next_release_number: 1 });
    const made = await world.deploy(service, undefined, { exposedPorts: [9000] });
    expect(made.release.spec.port).toBe(9000);
  });

  it('is overtaken by a newer push that was deployed already, but never when asked for by hand', async () => {
    const service = await world.service();
    await world.deploy(service, undefined, { cause: 'push', position: 7n });
    expect(await world.tryDeploy(service, { cause: 'push', position: 6n })).toMatchObject({ reason: 'overtaken' });
    expect(await world.tryDeploy(service, { cause: 'manual', position: null })).toMatchObject({
      release: { number: 2 },
    });
    expect(await serviceRow(service)).toMatchObject({ deployed_position: 7 });
  });

  it('numbers without gaps or doubles when many come at once, and leaves one rollout standing', async () => {
    const service = await world.service();
    const made = await Promise.all(Array.from({ length: 8 }, () => world.deploy(service)));
    expect(made.map(({ release }) => release.number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const last = made.find(({ release }) => release.number === 8);
    await world.reaches(last?.rolloutId ?? '', 'complete');
    const ends = await world.rows<{ phase: string }>(
      'SELECT phase FROM rollout WHERE service_id = $1 ORDER BY generation',
      [service.id],
    );
    expect(ends.filter(({ phase }) => phase === 'superseded' || phase === 'complete')).toHaveLength(8);
    expect(gateway.servingOf(service.name)).toBe(8);
  });

  it('is made from the current image with the variables as they are now; a dry run makes nothing', async () => {
    const service = await world.service();
    const first = await world.deploy(service);
    await world.reaches(first.rolloutId, 'complete');
    const ask = { serviceId: service.id, cause: 'variables', actor: 'usr_ada' } as const;
    const owner = { environmentId: service.environmentId, serviceId: service.id };
    await setVariables(world.deps, { owner, changes: { COLOUR: 'blue' }, actor: null });
    const planned = await deployService(world.deps, { ...ask, dryRun: true });
    expect(planned.release.spec.variables.map(({ name }) => name)).toEqual(['COLOUR']);
    expect(await serviceRow(service)).toMatchObject({ generation: 1, next_release_number: 2 });
    const made = await deployService(world.deps, ask);
    await world.reaches(made.rolloutId, 'complete');
    const [id] = gateway.replicasOf(service.name);
    expect(world.engine.replicas.get(id ?? '')?.target.environmentVariables).toEqual({ COLOUR: 'blue' });
    expect(made.release).toMatchObject({
      imageDigest: first.release.imageDigest,
      cause: 'variables',
      createdBy: 'usr_ada',
    });
    const back = await rollBackService(world.deps, { serviceId: service.id, actor: null });
    await world.reaches(back.rolloutId, 'complete');
    const [old] = gateway.replicasOf(service.name);
    expect(world.engine.replicas.get(old ?? '')?.target.environmentVariables).toEqual({});
  });

  it('cannot be made by hand before anything was deployed, nor of an image that is gone', async () => {
    const service = await world.service();
    const ask = { serviceId: service.id, cause: 'manual', actor: null } as const;
    await expect(deployService(world.deps, ask)).rejects.toMatchObject({
      code: 'conflict',
      hint: /Push a commit first/,
    });
    await expect(deployService(world.deps, { ...ask, imageDigest: `sha256:${'0'.repeat(64)}` })).rejects.toMatchObject({
      code: 'image_collected',
    });
    await expect(deployService(world.deps, { ...ask, serviceId: 'svc_nope' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('steering a rollout', () => {
  it('pauses where it is and goes on', async () => {
    const service = await world.service();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    const next = await world.deploy(service, { kind: 'never_ready' });
    await pauseRollout(world.deps, { rolloutId: next.rolloutId, actor: null });
    await world.reaches(next.rolloutId, 'paused');
    const own = () => [...world.engine.replicas.values()].find(({ target }) => target.release === next.release.id);
    (await waitUntil('the new replica to start', own)).setMuted(false);
    await waitUntil(
      'the new replica to be ready',
      async () =>
        (await world.rows("SELECT 1 FROM replica WHERE release_id = $1 AND health = 'ready'", [next.release.id]))
          .length > 0,
    );
    expect(gateway.servingOf(service.name)).toBe(1);
    await resumeRollout(world.deps, { rolloutId: next.rolloutId, actor: null });
    await world.reaches(next.rolloutId, 'complete');
    expect(gateway.servingOf(service.name)).toBe(2);
    await expect(pauseRollout(world.deps, { rolloutId: next.rolloutId, actor: null })).rejects.toMatchObject({
      code: 'already_ended',
    });
  });

  it.each([
    ['while it prepares', { kind: 'never_ready' }, true],
    ['while it shifts', { kind: 'serves' }, false],
  ] as const)('aborts %s: the one before serves, and is what is wanted', async (_, behaviour, acknowledges) => {
    const service = await world.service();
    const first = await world.deploy(service);
    await world.reaches(first.rolloutId, 'complete');
    gateway.acknowledges = acknowledges;
    const next = await world.deploy(service, behaviour);
    await world.reaches(next.rolloutId, acknowledges ? 'preparing' : 'shifting');
    await abortRollout(world.deps, { rolloutId: next.rolloutId, actor: 'usr_ada' });
    await world.reaches(next.rolloutId, 'aborting', 'aborted');
    gateway.acknowledge();
    expect(await world.reaches(next.rolloutId, 'aborted')).toMatchObject({ reason: 'aborted_by_user' });
    expect(gateway.servingOf(service.name)).toBe(1);
    expect(await serviceRow(service)).toMatchObject({
      desired_release_id: first.release.id,
      live_release_id: first.release.id,
    });
    await expect(abortRollout(world.deps, { rolloutId: next.rolloutId, actor: null })).rejects.toMatchObject({
      code: 'already_ended',
    });
  });

  it('goes back to what is live when asked to roll back while another is on its way', async () => {
    const service = await world.service();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    const next = await world.deploy(service, { kind: 'never_ready' });
    await world.reaches(next.rolloutId, 'preparing');
    const back = await rollBackService(world.deps, { serviceId: service.id, actor: null });
    await world.reaches(back.rolloutId, 'complete');
    expect(back.release.number).toBe(1);
    expect((await world.rollout(next.rolloutId)).phase).toBe('superseded');
    await waitUntil(
      'the other to be gone',
      () => ![...world.engine.replicas.values()].some((each) => each.target.release === next.release.id),
    );
    await unpinService(world.deps, { serviceId: service.id, actor: null });
    expect(await serviceRow(service)).toMatchObject({ pinned_at: null });
  });
});

describe('in the moment between "all gateways route to it" and "recorded as live"', () => {
  /** r1 live, r2 answering at the only gateway, with its word for that written down and nothing more. */
  const answering = async () => {
    const service = await world.service();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    gateway.acknowledges = false;
    const second = await world.deploy(service);
    await waitUntil('the routes to it', async () => {
      const [row] = await world.rows('SELECT 1 FROM rollout WHERE id = $1 AND route_version > 0', [second.rolloutId]);
      return row !== undefined;
    });
    await world.rows('UPDATE gateway SET acked_version = (SELECT route_version FROM rollout WHERE id = $1)', [
      second.rolloutId,
    ]);
    return { service, second };
  };

  it('the next release follows on it, and a rollback goes back to it', async () => {
    const { service, second } = await answering();
    const third = await world.deploy(service);
    gateway.acknowledge();
    await world.reaches(third.rolloutId, 'complete');
    const [rollout] = await world.rows('SELECT from_release_id FROM rollout WHERE id = $1', [third.rolloutId]);
    expect(rollout).toEqual({ from_release_id: second.release.id });
    const back = await rollBackService(world.deps, { serviceId: service.id, actor: null });
    expect(back.release.number).toBe(2);
    await world.reaches(back.rolloutId, 'complete');
    expect(gateway.servingOf(service.name)).toBe(2);
  });

  it('a rollback goes to the one before it, and the next one has nowhere to go', async () => {
    const { service } = await answering();
    const back = await rollBackService(world.deps, { serviceId: service.id, actor: null });
    expect(back.release.number).toBe(1);
    gateway.acknowledge();
    await world.reaches(back.rolloutId, 'complete');
    await expect(rollBackService(world.deps, { serviceId: service.id, actor: null })).rejects.toMatchObject({
      code: 'nothing_to_roll_back_to',
    });
  });
});

describe('images', () => {
  it('keeps what is live, the last five releases and what is young, and removes the rest', async () => {
    const service = await world.service();
    const made = [];
    // The first and the third are never live.
    for (let number = 1; number <= 8; number += 1)
      made.push(await world.deploy(service, number % 2 === 1 ? { kind: 'never_ready' } : { kind: 'serves' }));
    await world.reaches(made.at(-1)?.rolloutId ?? '', 'complete');
    const digests = made.map(({ release }) => release.imageDigest);
    const young = `sha256:${'1'.repeat(64)}`;
    for (const digest of [...digests, young]) {
      await world.rows(
        "INSERT INTO image (digest, build_id, size_bytes, architecture, exposed_ports, created_at) VALUES ($1, 'bld_1', 1, 'amd64', '{}', now() - interval '2 hours')",
        [digest],
      );
      world.images.add(digest);
    }
    await world.rows('UPDATE image SET created_at = now() WHERE digest = $1', [young]);
    const back = await rollBackService(world.deps, {
      serviceId: service.id,
      releaseId: made[1]?.release.id ?? '',
      actor: null,
    });
    await world.reaches(back.rolloutId, 'complete');
    const removed = await collectImages(world.deps);
    expect([...removed].sort()).toEqual([digests[0], digests[2]].sort());
    expect(await collectImages(world.deps)).toEqual([]);
    const gone = await world.rows('SELECT digest FROM image WHERE removed_at IS NOT NULL');
    expect(gone).toHaveLength(2);
    expect(world.images.has(young)).toBe(true);
    await expect(
      rollBackService(world.deps, { serviceId: service.id, releaseId: made[0]?.release.id ?? '', actor: null }),
    ).rejects.toMatchObject({ code: 'image_collected', hint: /push it/ });
  });
});
