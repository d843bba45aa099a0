import { readLogLines } from '@sconce/db';
import { setSecret } from '@sconce/engine';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CrashableScheduler,
  type SchedulerWorld,
  schedulerWorld,
  type TestService,
} from './testing/scheduler-world.ts';

let world: SchedulerWorld;
let scheduler: CrashableScheduler;
beforeAll(async () => {
  world = await schedulerWorld();
  world.gateway();
  scheduler = world.startScheduler();
});
afterAll(() => world.close());

const replicaOf = (service: TestService) =>
  waitUntil('a replica', () =>
    [...world.engine.replicas.values()].find((each) => each.target.service.service === service.id),
  );
const linesOf = (service: TestService, after = 0) => readLogLines(world.db.tx, service.id, after, 100_000);
const written = (service: TestService, count: number) =>
  waitUntil(
    `${count} lines`,
    async () => {
      const lines = [];
      for (let after = 0; ; after = lines.length) {
        const more = await linesOf(service, after);
        if (more.length === 0) break;
        lines.push(...more);
      }
      return lines.length >= count ? lines : null;
    },
    120_000,
  );

describe('what a replica prints', () => {
  it('is in its service’s log with its stream, level, replica and release', async () => {
    const service = await world.service();
    const { release } = await world.deploy(service);
    const replica = await replicaOf(service);
    replica.print('stdout', 'INFO:     Started');
    replica.print('stderr', 'ValueError: no weights');
    replica.print('stdout', 'NUL \0 and half a pair \ud83d are kept out of the database');
    const lines = await written(service, 3);
    expect(lines.map(({ line, stream, level, text }) => [line, stream, level, text])).toEqual([
      [1, 'stdout', 'info', 'INFO:     Started'],
      [2, 'stderr', 'error', 'ValueError: no weights'],
      [3, 'stdout', null, 'NUL \uFFFD and half a pair \uFFFD are kept out of the database'],
    ]);
    expect(lines[0]).toMatchObject({ replica: replica.observe().name, release: release.id });
  });

  it('shows no secret of its release, also across the pieces of a long line', async () => {
    const service = await world.service();
    await world.rows("INSERT INTO secret_group (id, environment_id, slug) VALUES ($1, $2, 'keys')", [
      `grp_${service.id.slice(4)}`,
      service.environmentId,
    ]);
    await world.rows("UPDATE service SET secret_groups = '{keys}' WHERE id = $1", [service.id]);
    await setSecret(world.deps, {
      groupId: `grp_${service.id.slice(4)}`,
      name: 'API_KEY',
      value: 'hunter2-hunter2',
      actor: null,
    });
    await world.deploy(service);
    const replica = await replicaOf(service);
    expect(replica.target.environmentVariables).toMatchObject({ API_KEY: 'hunter2-hunter2' });
    replica.print('stdout', 'the key is hunter2-hunter2, keep it');
    replica.print('stdout', `${'x'.repeat(65_536 - 7)}hunter2`);
    replica.print('stdout', '-hunter2 and on');
    const lines = await written(service, 3);
    expect(lines[0]?.text).toBe('the key is [secret], keep it');
    expect(lines.map((line) => line.text).join('')).not.toContain('hunter2');
    expect(lines[2]?.text).toMatch(/^\[secret\] and on$/);
  });

  it('is stored once and in order through deaths of the scheduler, and another writer', async () => {
    const service = await world.service();
    await world.deploy(service);
    const replica = await replicaOf(service);
    const count = 3_000;
    let printed = 0;
    const printing = setInterval(() => {
      for (let i = 0; i < 10 && printed < count; i += 1) replica.print('stdout', `line ${++printed}`);
    }, 5);
    for (let death = 0; death < 2; death += 1) {
      await waitUntil('some lines more', () => printed > (death + 1) * 700);
      scheduler.crash();
      await world.expireLease();
      scheduler = world.startScheduler();
    }
    const lines = await written(service, count);
    clearInterval(printing);
    expect(lines.map((line) => line.text)).toEqual(Array.from({ length: count }, (_, i) => `line ${i + 1}`));
    expect(lines.map((line) => line.line)).toEqual(lines.map((_, i) => i + 1));
  });

  it('is read on when another wrote to the stream', async () => {
    const service = await world.service();
    await world.deploy(service);
    const replica = await replicaOf(service);
    replica.print('stdout', 'one');
    await written(service, 1);
    await world.rows(
      'INSERT INTO log_chunk (stream, first_line, last_line, lines, bytes) VALUES ($1, 2, 2, $2::jsonb, 1)',
      [
        service.id,
        JSON.stringify([{ at: '2026-01-01T00:00:00.000Z', stream: 'system', level: null, text: 'from another' }]),
      ],
    );
    replica.print('stdout', 'two');
    const lines = await written(service, 3);
    expect(lines.map((line) => line.text)).toEqual(['one', 'from another', 'two']);
  });

  it('includes what it printed last before it was removed', async () => {
    const service = await world.service();
    const first = await world.deploy(service, { kind: 'serves', finishMs: 60_000 });
    await world.isLive(service, first);
    const replica = await replicaOf(service);
    const second = await world.deploy(service);
    await waitUntil('it to be told to stop', () => replica.isStopping());
    replica.print('stdout', 'saving before I go');
    replica.remove();
    await world.reaches(second.rolloutId, 'complete');
    await waitUntil('the last line', async () =>
      (await linesOf(service)).some((line) => line.text === 'saving before I go'),
    );
  });
});

describe('a thousand lines a second', () => {
  it('reach the log in order, none lost', async () => {
    const service = await world.service();
    await world.deploy(service);
    const replica = await replicaOf(service);
    const total = 2_000;
    let printed = 0;
    const started = performance.now();
    await waitUntil(
      'all to be printed',
      async () => {
        const due = Math.min(total, Math.floor(performance.now() - started));
        for (; printed < due; printed += 1) replica.print('stdout', `line ${printed}`);
        return printed === total;
      },
      undefined,
      1,
    );
    const lines = await written(service, total);
    expect(lines.map((line) => line.text)).toEqual(Array.from({ length: total }, (_, i) => `line ${i}`));
  });
});
