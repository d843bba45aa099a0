import { abandonDelivery, createDeliveryRecorder, recordDeliveries } from '@sconce/engine';
import { silentLog, systemClock } from '@sconce/foundation';
import { SourceUnavailable } from '@sconce/ports';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type WorkerWorld, workerWorld } from './testing/worker-world.ts';

let world: WorkerWorld;
beforeAll(async () => {
  world = await workerWorld();
  await world.startWorker();
});
afterAll(() => world.close());

const app = { 'sconce.yaml': 'services: { web: { port: 8000 } }', Dockerfile: 'FROM busybox' };

it('takes one delivery for one, however often it comes at once', async () => {
  const project = await world.project();
  const pushed = await world.push(project, app, { silent: true });
  const input = {
    host: 'builtin',
    hostDelivery: `fifty-${project.projectId}`,
    event: 'push',
    body: pushed.body,
  } as const;
  const others = [
    createDeliveryRecorder({ db: world.db, clock: systemClock }),
    createDeliveryRecorder({ db: world.db, clock: systemClock }),
  ];
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      i % 3 === 2
        ? recordDeliveries({ db: world.db, clock: systemClock }, [input, input])
        : others[i % 2]?.record(input),
    ),
  );
  const all = answers.flat().filter((answer) => answer !== undefined);
  expect(new Set(all.map(({ delivery }) => delivery)).size).toBe(1);
  expect(all.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
  const builds = await world.ended(all[0]?.delivery ?? '');
  expect(builds).toHaveLength(1);
  // The same again, long after.
  expect(await others[0]?.record(input)).toEqual({ delivery: all[0]?.delivery, duplicate: true });
  expect(
    await world.rows('SELECT 1 FROM release r JOIN service s ON s.id = r.service_id WHERE s.environment_id = $1', [
      project.environmentId,
    ]),
  ).toHaveLength(1);
});

it('keeps bodies byte for byte and deliveries in order, many at once and large', async () => {
  const recorder = createDeliveryRecorder({ db: world.db, clock: systemClock });
  const body = (i: number) =>
    Buffer.from(Array.from({ length: i === 7 ? 3_000_000 : i * 10 }, (_, at) => (at * 31 + i) % 256));
  const prefix = `bytes-${Math.random()}`;
  await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      recorder.record({ host: 'github', hostDelivery: `${prefix}-${i}`, event: 'star', body: body(i) }),
    ),
  );
  const stored = await world.rows<{ host_delivery: string; body: Buffer }>(
    'SELECT host_delivery, body FROM delivery WHERE host_delivery LIKE $1 ORDER BY position',
    [`${prefix}-%`],
  );
  expect(stored.map(({ host_delivery }) => host_delivery)).toEqual(
    Array.from({ length: 40 }, (_, i) => `${prefix}-${i}`),
  );
  for (const [i, row] of stored.entries()) expect(row.body.equals(body(i))).toBe(true);
});

it('refuses ids that no host gives, and stores nothing of them', async () => {
  for (const hostDelivery of ['', 'a b', 'x'.repeat(201), 'a\u0000b', 'ä']) {
    await expect(
      world.recorder.record({ host: 'github', hostDelivery, event: 'push', body: Buffer.from('{}') }),
    ).rejects.toThrow('hostDelivery');
  }
});

it('lets the newest head win when deliveries come in the wrong order', async () => {
  const project = await world.project();
  const first = await world.push(project, app, { silent: true });
  const second = await world.push(project, { ...app, 'b.txt': 'b' }, { parent: first.sha, silent: true });
  const record = (name: string, body: Uint8Array) =>
    world.recorder.record({ host: 'builtin', hostDelivery: `${name}-${project.projectId}`, event: 'push', body });
  const newer = await record('second', second.body);
  expect(await world.ended(newer.delivery)).toHaveLength(1);
  const older = await record('first', first.body);
  expect(await world.processed(older.delivery)).toMatchObject({ outcome: 'ignored', reason: 'not_a_head' });
  expect(
    await world.row('SELECT commit FROM release r JOIN service s ON s.id = r.service_id WHERE s.environment_id = $1', [
      project.environmentId,
    ]),
  ).toEqual({ commit: second.sha });
});

it('ends every push of a burst in one release or a named reason, with the last head deployed', async () => {
  const project = await world.project();
  const deliveries: string[] = [];
  let parent: string | null = null;
  let last = '';
  for (let i = 0; i < 25; i += 1) {
    const pushed = await world.push(project, { ...app, 'n.txt': `${i}` }, { parent });
    deliveries.push(pushed.delivery);
    parent = last = pushed.sha;
  }
  await Promise.all(deliveries.map((delivery) => world.processed(delivery)));
  await waitUntil('all builds to end', async () => {
    const open = await world.rows("SELECT 1 FROM build WHERE project_id = $1 AND phase IN ('queued', 'running')", [
      project.projectId,
    ]);
    return open.length === 0;
  });
  const ends = await world.rows<{
    outcome: string;
    reason: string | null;
    phase: string | null;
    target: string | null;
    release_id: string | null;
  }>(
    `SELECT d.outcome, d.reason, b.phase, t.reason AS target, t.release_id FROM delivery d
     LEFT JOIN build b ON b.delivery_id = d.id LEFT JOIN build_target t ON t.build_id = b.id WHERE d.repository_id = $1`,
    [project.repositoryId],
  );
  expect(ends).toHaveLength(25);
  for (const end of ends) expect(end.reason ?? end.target ?? end.release_id).not.toBeNull();
  expect(
    await world.row(
      'SELECT r.commit FROM service s JOIN release r ON r.id = s.desired_release_id WHERE s.environment_id = $1',
      [project.environmentId],
    ),
  ).toEqual({ commit: last });
});

it('waits for a git host that is away', async () => {
  const project = await world.project();
  world.source.setAway(true);
  try {
    const pushed = await world.push(project, app);
    const calls = world.source.calls.resolveRef ?? 0;
    await waitUntil('some tries', () => (world.source.calls.resolveRef ?? 0) >= calls + 2);
    expect(await world.row('SELECT phase FROM delivery WHERE id = $1', [pushed.delivery])).toEqual({
      phase: 'received',
    });
    world.source.setAway(false);
    expect((await world.ended(pushed.delivery))[0]?.phase).toBe('succeeded');
  } finally {
    world.source.setAway(false);
  }
});

it('gives a delivery up with a reason of its own, once, and only while it waits', async () => {
  const project = await world.project();
  const deps = { db: world.db, clock: systemClock, log: silentLog };
  world.source.setAway(true);
  try {
    const pushed = await world.push(project, app);
    await abandonDelivery(deps, pushed.delivery, new SourceUnavailable('away'));
    expect(await world.processed(pushed.delivery)).toMatchObject({ outcome: 'failed', reason: 'fetch_failed' });
    await abandonDelivery(deps, pushed.delivery, new Error('a bug'));
    expect(await world.processed(pushed.delivery)).toMatchObject({ reason: 'fetch_failed' });
    const events = await world.rows("SELECT project_id FROM event WHERE subject_id = $1 AND type = 'delivery.failed'", [
      pushed.delivery,
    ]);
    expect(events).toEqual([{ project_id: project.projectId }]);
  } finally {
    world.source.setAway(false);
  }
});

it('records while Redis hangs, and processes once it answers', async () => {
  const project = await world.project();
  world.redis.hang();
  const pushed = await world.push(project, app);
  world.redis.resume();
  expect((await world.ended(pushed.delivery))[0]?.phase).toBe('succeeded');
});

it('processes and builds while Redis hangs, as far as a worker is idle', async () => {
  const project = await world.project();
  world.redis.hang();
  try {
    const pushed = await world.push(project, app);
    expect(await world.processed(pushed.delivery)).toMatchObject({ outcome: 'built' });
    expect((await world.ended(pushed.delivery))[0]).toMatchObject({ phase: 'succeeded', claim_epoch: 1 });
    await waitUntil('its line to leave the outbox', async () => {
      const left = await world.rows("SELECT 1 FROM outbox WHERE payload->>'delivery' = $1", [pushed.delivery]);
      return left.length === 0;
    });
  } finally {
    world.redis.resume();
  }
});

it('finishes everything that a flushed or killed Redis forgot', async () => {
  for (const fault of ['flush', 'crash'] as const) {
    const project = await world.project();
    const pushed: { delivery: string }[] = [];
    for (let i = 0; i < 5; i += 1) {
      pushed.push(await world.push(project, { ...app, 'n.txt': `${fault}${i}` }));
      if (i % 2 === 0) await world.redis[fault]();
    }
    for (const { delivery } of pushed) await world.processed(delivery);
    await waitUntil('the newest to be deployed', async () => {
      const [found] = await world.rows<{ n: number }>(
        "SELECT count(*)::int AS n FROM build WHERE project_id = $1 AND phase IN ('queued', 'running')",
        [project.projectId],
      );
      return found?.n === 0;
    });
    const { commit } = await world.row<{ commit: string }>(
      'SELECT r.commit FROM service s JOIN release r ON r.id = s.desired_release_id WHERE s.environment_id = $1',
      [project.environmentId],
    );
    expect(commit).toBe(
      world.source &&
        (await world.source.resolveRef(project.repository, 'refs/heads/main', AbortSignal.timeout(60_000))),
    );
  }
});

it('loses nothing that was acknowledged when Postgres crashes', async () => {
  const project = await world.project();
  const recorder = createDeliveryRecorder({ db: world.db, clock: systemClock });
  const acknowledged: string[] = [];
  let stop = false;
  const intake = Array.from({ length: 8 }, async (_, lane) => {
    for (let i = 0; !stop; i += 1) {
      const input = {
        host: 'github',
        hostDelivery: `${project.projectId}-${lane}-${i}`,
        event: 'star',
        body: Buffer.from('{}'),
      } as const;
      const answer = await recorder.record(input).catch(() => null);
      if (answer !== null) acknowledged.push(answer.delivery);
    }
  });
  await waitUntil('some deliveries', () => acknowledged.length > 100);
  await world.postgres.crash();
  const before = acknowledged.length;
  await waitUntil('deliveries after the crash', () => acknowledged.length > before + 100);
  stop = true;
  await Promise.all(intake);
  const { n } = await world.row<{ n: number }>('SELECT count(*)::int AS n FROM delivery WHERE id = ANY($1)', [
    acknowledged,
  ]);
  expect(n).toBe(acknowledged.length);
  // And the worker goes on.
  const pushed = await world.push(project, app);
  expect((await world.ended(pushed.delivery))[0]?.phase).toBe('succeeded');
});
