import type { Runtime } from '@sconce/ports';
import { waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FakeGateway } from './testing/fake-gateway.ts';
import {
  type CrashableScheduler,
  type DeathAt,
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
  gateway = world.gateway();
});
afterAll(() => world.close());
afterEach(async () => {
  expect(world.lost).toEqual([]);
  gateway.acknowledge();
  gateway.reportsDrained = true;
  if (!scheduler.isDead()) await scheduler.stop();
});

const standing = (service: TestService) =>
  [...world.engine.replicas.values()].filter((replica) => replica.target.service.service === service.id);

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
  await waitUntil('what stands by for a way back to go', () => standing(service).length <= 1);
  expect(standing(service).map((replica) => [replica.target.releaseNumber, replica.observe().health])).toEqual([
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
    // What stood by is taken away after the rollout is complete: it may die in that, too.
    const isOver = async () =>
      scheduler.isDead() ||
      ((await world.rollout(next.rolloutId)).phase === 'complete' && standing(service).length === 1);
    await waitUntil('its death, or the end of all that there is to do', isOver, undefined, 2);
    if (scheduler.isDead()) await another();
    await world.reaches(next.rolloutId, 'complete');
    await expectSettled(service, 2);
  });
});

const isStarted = (release: string) =>
  [...world.engine.replicas.values()].some(({ target }) => target.release === release);

/** Replicas of a release that waits to be told that they may answer. */
function letAnswer(release: string): void {
  for (const replica of world.engine.replicas.values()) if (replica.target.release === release) replica.setMuted(false);
}

describe('killed in a phase that waits', () => {
  it.each([
    ['preparing', { kind: 'never_ready' }, {}],
    ['shifting', { kind: 'serves' }, { acknowledges: false }],
    ['draining', { kind: 'serves' }, { reportsDrained: false }],
    ['aborting', { kind: 'crashes' }, {}],
  ] as const)('%s', async (phase, behaviour, gatewayIs) => {
    const service = await world.service({ ...quickSettings, drainTimeoutMs: phase === 'draining' ? 5_000 : 300 });
    // An engine that is at something else first: nothing that it should take away goes before the scheduler does.
    const retire: Runtime['retire'] = () => new Promise(() => {});
    scheduler = world.startScheduler(phase === 'aborting' ? { runtime: { ...world.runtime, retire } } : {});
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    Object.assign(gateway, gatewayIs);
    const next = await world.deploy(service, behaviour);
    await world.reaches(next.rolloutId, phase);
    scheduler.crash();
    await another();
    gateway.acknowledge();
    if (phase === 'preparing') {
      await waitUntil('its replica', () => isStarted(next.release.id));
      letAnswer(next.release.id);
    }
    const ended = phase === 'aborting' ? 'aborted' : 'complete';
    await world.reaches(next.rolloutId, ended);
    await expectSettled(service, phase === 'aborting' ? 1 : 2);
  });

  it('goes on where a newer release came while nobody was there', async () => {
    const service = await world.service();
    scheduler = world.startScheduler();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    const second = await world.deploy(service, { kind: 'never_ready' });
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
    const meanwhile: string[] = [];
    await waitUntil('the lease of the other to end', async () => {
      // Both as they were in one moment.
      const [row] = await world.rows<{ over: boolean; phase: string }>(
        'SELECT lease.expires_at < now() AS over, rollout.phase FROM lease, rollout WHERE rollout.id = $1',
        [next.rolloutId],
      );
      if (row?.over === false) meanwhile.push(row.phase);
      return row?.over;
    });
    expect(meanwhile.filter((phase) => phase !== 'pending')).toEqual([]);
    await world.reaches(next.rolloutId, 'complete');
    await expectSettled(service, 2);
  });
});

describe('the database', () => {
  it('restarted in the middle of a rollout delays it and nothing else', async () => {
    const service = await world.service();
    scheduler = world.startScheduler();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    const next = await world.deploy(service, { kind: 'never_ready' });
    await world.reaches(next.rolloutId, 'preparing');
    await waitUntil('its replica', () => isStarted(next.release.id));
    await world.postgres.crash();
    letAnswer(next.release.id);
    await world.reaches(next.rolloutId, 'complete');
    await expectSettled(service, 2);
  });
});
