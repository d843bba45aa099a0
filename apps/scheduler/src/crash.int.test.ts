import { waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FakeGateway } from './testing/fake-gateway.ts';
import {
  type CrashableScheduler,
  type DeathAt,
  type SchedulerWorld,
  schedulerWorld,
  type TestService,
} from './testing/scheduler-world.ts';

let world: SchedulerWorld;
let gateway: FakeGateway;
let scheduler: CrashableScheduler;
beforeAll(async () => {
  world = await schedulerWorld();
  gateway = world.gateway();
});
afterAll(() => world.close());
afterEach(async () => {
  expect(world.lost).toEqual([]);
  gateway.acknowledge();
  gateway.reportsDrained = true;
  if (!scheduler.isDead()) await scheduler.stop();
});

/** Promises that hold whenever things have settled. */
async function expectSettled(service: TestService, releaseNumber: number): Promise<void> {
  await waitUntil('things to settle', async () => {
    const [row] = await world.rows<{ active: number; same: boolean }>(
      `SELECT (SELECT count(*)::int FROM rollout WHERE service_id = $1 AND phase NOT IN ('complete', 'aborted', 'superseded')) AS active,
        desired_release_id = live_release_id AS same FROM service WHERE id = $1`,
      [service.id],
    );
    return row?.active === 0 && row.same;
  });
  const standing = [...world.engine.replicas.values()].filter(
    (replica) => replica.target.service.service === service.id,
  );
  expect(standing.map((replica) => [replica.target.releaseNumber, replica.observe().health])).toEqual([
    [releaseNumber, 'ready'],
  ]);
  expect(gateway.servingOf(service.name)).toBe(releaseNumber);
  const promoted = await world.rows("SELECT 1 FROM event WHERE service_id = $1 AND type = 'release.live'", [
    service.id,
  ]);
  const live = await world.rows('SELECT 1 FROM rollout WHERE service_id = $1 AND live_at IS NOT NULL', [service.id]);
  expect(promoted.length).toBe(live.length);
}

async function another(): Promise<void> {
  if (!scheduler.isDead()) throw new Error('the one before lives');
  scheduler.crash();
  await world.expireLease();
  scheduler = world.startScheduler();
}

describe('a scheduler that dies in the middle of a rollout is replaced by one that goes on', () => {
  const deaths: DeathAt[] = Array.from({ length: 10 }, (_, i) => [
    { effect: i + 1, when: 'before' as const },
    { effect: i + 1, when: 'after' as const },
  ]).flat();

  it.each(deaths)('$when its effect $effect', async (deathAt) => {
    const service = await world.service();
    scheduler = world.startScheduler();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    await scheduler.stop();
    scheduler = world.startScheduler({ deathAt });
    const next = await world.deploy(service);
    const isOver = async () => scheduler.isDead() || (await world.rollout(next.rolloutId)).phase === 'complete';
    await waitUntil('its death, or the end of the rollout', isOver, 30_000, 2);
    if (scheduler.isDead()) await another();
    await world.reaches(next.rolloutId, 'complete');
    await expectSettled(service, 2);
  });
});

describe('killed in a phase that waits', () => {
  it.each([
    ['preparing', { kind: 'serves', afterMs: 400 }, {}],
    ['shifting', { kind: 'serves' }, { acknowledges: false }],
    ['draining', { kind: 'serves' }, { reportsDrained: false }],
    ['aborting', { kind: 'crashes' }, {}],
  ] as const)('%s', async (phase, behaviour, gatewayIs) => {
    const service = await world.service();
    scheduler = world.startScheduler();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    Object.assign(gateway, gatewayIs);
    const next = await world.deploy(service, behaviour);
    await waitUntil(`the phase ${phase}`, async () => (await world.rollout(next.rolloutId)).phase === phase, 10_000, 1);
    scheduler.crash();
    await another();
    gateway.acknowledge();
    const ended = phase === 'aborting' ? 'aborted' : 'complete';
    await world.reaches(next.rolloutId, ended);
    await expectSettled(service, phase === 'aborting' ? 1 : 2);
  });

  it('goes on where a newer release came while nobody was there', async () => {
    const service = await world.service();
    scheduler = world.startScheduler();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    const second = await world.deploy(service, { kind: 'serves', afterMs: 300 });
    await world.reaches(second.rolloutId, 'preparing');
    scheduler.crash();
    const third = await world.deploy(service);
    await another();
    await world.reaches(third.rolloutId, 'complete');
    expect((await world.rollout(second.rolloutId)).phase).toBe('superseded');
    await expectSettled(service, 3);
  });
});

describe('two schedulers at once', () => {
  it('only one leads; the other takes over when it stops', async () => {
    const service = await world.service();
    scheduler = world.startScheduler();
    // It leads: else nothing would have moved.
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    const spare = world.startScheduler();
    const [before] = await world.rows<{ holder: string }>('SELECT holder FROM lease');
    await scheduler.stop();
    const next = await world.deploy(service);
    await world.reaches(next.rolloutId, 'complete');
    const [after] = await world.rows<{ holder: string }>('SELECT holder FROM lease');
    expect(after?.holder).not.toBe(before?.holder);
    await expectSettled(service, 2);
    await spare.stop();
    scheduler = world.startScheduler();
  });

  it('one that lost the lease without noticing writes nothing any more', async () => {
    const service = await world.service();
    scheduler = world.startScheduler();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    // Another holder stands in the lease from now on, and does nothing.
    await world.rows(
      "UPDATE lease SET holder = 'another', epoch = epoch + 1, expires_at = now() + interval '3 seconds'",
    );
    const next = await world.deploy(service);
    await waitUntil('the lease of the other to end', async () => {
      const [row] = await world.rows<{ over: boolean }>('SELECT expires_at < now() AS over FROM lease');
      const phase = (await world.rollout(next.rolloutId)).phase;
      if (!row?.over) expect(phase).toBe('pending');
      return row?.over;
    });
    await world.reaches(next.rolloutId, 'complete');
    await expectSettled(service, 2);
  });
});

describe('the database', () => {
  it('restarted in the middle of a rollout delays it and nothing else', async () => {
    const service = await world.service();
    scheduler = world.startScheduler();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    const next = await world.deploy(service, { kind: 'serves', afterMs: 200 });
    await world.reaches(next.rolloutId, 'preparing');
    await world.postgres.crash();
    await world.reaches(next.rolloutId, 'complete');
    await expectSettled(service, 2);
  });
});
