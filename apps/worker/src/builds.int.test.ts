import { cancelBuild, Rejection, startBuild } from '@sconce/engine';
import { newId, silentLog, systemClock } from '@sconce/foundation';
import { type Builder, BuilderUnavailable, BuildFailed } from '@sconce/ports';
import { sealerFor } from '@sconce/secrets-local';
import { waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type WorkerWorld, workerWorld } from './testing/worker-world.ts';

let world: WorkerWorld;
const stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  world = await workerWorld();
});
afterEach(async () => {
  world.killOthers();
  await Promise.all(stops.splice(0).map((stop) => stop()));
});
afterAll(() => world.close());

const deps = () => ({ db: world.db, clock: systemClock, log: silentLog });
const app = {
  'sconce.yaml': 'services: { web: { port: 8000 } }',
  Dockerfile: 'FROM busybox\nRUN echo "from the fake"',
};
const sleeping = { ...app, Dockerfile: 'FROM busybox\nRUN sleep 600' };

async function worker(options: Parameters<WorkerWorld['startWorker']>[0] = {}) {
  const running = await world.startWorker(options);
  stops.push(running.stop);
  return running;
}

async function buildOf(delivery: string, phase: string): Promise<string> {
  return waitUntil(`a build that is ${phase}`, async () => {
    const [found] = await world.rows<{ id: string }>('SELECT id FROM build WHERE delivery_id = $1 AND phase = $2', [
      delivery,
      phase,
    ]);
    return found?.id;
  });
}

describe('cancelling', () => {
  it('ends a running build, with its processes, and does not wait until its claim is renewed', async () => {
    await worker();
    const project = await world.project();
    const pushed = await world.push(project, sleeping);
    const id = await buildOf(pushed.delivery, 'running');
    await waitUntil('the builder to work', () => world.builder.requests.some(({ build }) => build === id));
    expect(await cancelBuild(deps(), { build: id, actor: 'usr_ada' })).toBe('running');
    const [build] = await world.ended(pushed.delivery);
    expect(build).toMatchObject({ phase: 'cancelled', reason: 'cancelled', claim_epoch: 1 });
    expect((await world.logOf(id)).at(-1)).toBe('Cancelled.');
    expect(
      await world.row("SELECT actor FROM event WHERE type = 'build.cancel_requested' AND subject_id = $1", [id]),
    ).toEqual({ actor: 'usr_ada' });
    expect(await cancelBuild(deps(), { build: id, actor: null })).toBe('cancelled');
  });

  it('ends a queued build before any worker takes it', async () => {
    const project = await world.project();
    const first = await worker();
    const pushed = await world.push(project, app);
    await world.ended(pushed.delivery);
    await first.stop();
    const service = await world.row<{ id: string }>('SELECT id FROM service WHERE environment_id = $1', [
      project.environmentId,
    ]);
    const sources = { builtin: world.source, github: null };
    const input = { service: service.id, commit: pushed.sha, actor: 'usr_ada' };
    const { build } = await startBuild({ ...deps(), sources }, input, AbortSignal.timeout(60_000));
    expect(await cancelBuild(deps(), { build, actor: null })).toBe('cancelled');
    await worker();
    await world.ended((await world.push(project, { ...app, after: '1' }, { parent: pushed.sha })).delivery);
    const after = await world.row('SELECT phase, claim_epoch FROM build WHERE id = $1', [build]);
    expect(after).toEqual({ phase: 'cancelled', claim_epoch: 0 });
  });

  it('refuses for builds that ended or never were', async () => {
    await worker();
    const project = await world.project();
    const [build] = await world.ended((await world.push(project, app)).delivery);
    await expect(cancelBuild(deps(), { build: build?.id ?? '', actor: null })).rejects.toMatchObject({
      code: 'already_ended',
    });
    await expect(cancelBuild(deps(), { build: 'bld_none', actor: null })).rejects.toBeInstanceOf(Rejection);
  });
});

describe('a worker that goes', () => {
  it('gives its builds back when it stops, and another one finishes them at once', async () => {
    const halted = Promise.withResolvers<void>();
    const first = await worker({
      builder: {
        build: (_request, onOutput, signal) =>
          new Promise((_resolve, reject) => {
            onOutput(Buffer.from('said by the first\n'));
            signal.addEventListener('abort', () => reject(signal.reason));
            halted.resolve();
          }),
      },
    });
    const project = await world.project();
    const pushed = await world.push(project, app);
    await halted.promise;
    await worker();
    await first.stop();
    const [build] = await world.ended(pushed.delivery);
    expect(build).toMatchObject({ phase: 'succeeded', claim_epoch: 2, lost_claims: 0 });
    const log = await world.logOf(build?.id ?? '');
    expect(log.filter((line) => line.includes('from the fake'))).toHaveLength(1);
  });

  it.each(['resolveRef', 'checkOut', 'build', 'built'] as const)(
    'is replaced when it is killed at %s',
    async (step) => {
      const project = await world.project();
      const commit = { files: { ...app, step }, message: 'A commit', ref: 'refs/heads/main' };
      const other = await world.otherWorker(step, [[project.repository, commit]]);
      const pushed = await world.push(project, { ...app, step });
      await other.arrived();
      other.kill('SIGKILL');
      await world.expireClaims();
      await worker();
      const [build] = await world.ended(pushed.delivery);
      const lost = step === 'resolveRef' ? 0 : 1;
      expect(build).toMatchObject({ phase: 'succeeded', lost_claims: lost, claim_epoch: 1 + lost });
      expect(await world.rows('SELECT 1 FROM release WHERE build_id = $1', [build?.id])).toHaveLength(1);
      await world.logOf(build?.id ?? '');
    },
  );

  it('writes nothing more when it was only frozen, and another took over', async () => {
    const project = await world.project();
    const commit = { files: app, message: 'A commit', ref: 'refs/heads/main' };
    const other = await world.otherWorker('build', [[project.repository, commit]]);
    const pushed = await world.push(project, app);
    await other.arrived();
    other.kill('SIGSTOP');
    await world.expireClaims();
    await worker();
    const [build] = await world.ended(pushed.delivery);
    expect(build).toMatchObject({ phase: 'succeeded', claim_epoch: 2 });
    const before = await world.logOf(build?.id ?? '');
    other.release();
    other.kill('SIGCONT');
    await other.says('a build claim was lost');
    expect(await world.logOf(build?.id ?? '')).toEqual(before);
    expect(await world.rows('SELECT 1 FROM release WHERE build_id = $1', [build?.id])).toHaveLength(1);
    expect(
      await world.rows("SELECT 1 FROM event WHERE type = 'build.succeeded' AND subject_id = $1", [build?.id]),
    ).toHaveLength(1);
  });

  it('is not followed by a fourth: a build that three workers died under fails', async () => {
    const project = await world.project();
    await worker();
    const pushed = await world.push(project, sleeping);
    const id = await buildOf(pushed.delivery, 'running');
    for (const stop of stops.splice(0)) await stop();
    await world.rows("UPDATE build SET lost_claims = 2, claimed_by = 'dead', claim_until = now() WHERE id = $1", [id]);
    await worker();
    const [build] = await world.ended(pushed.delivery);
    expect(build).toMatchObject({ phase: 'failed', reason: 'worker_lost', lost_claims: 3 });
  });
});

it('runs a build once, whoever is told of it', async () => {
  await Promise.all([worker(), worker(), worker()]);
  const project = await world.project();
  const before = world.builder.requests.length;
  const pushes = [];
  for (let i = 0; i < 6; i += 1)
    pushes.push(await world.push(project, { ...app, 'sconce.yaml': `services: { s${i}: { port: 1 } }` }));
  for (const { delivery } of pushes) await world.processed(delivery);
  await waitUntil(
    'all to end',
    async () =>
      (
        await world.rows("SELECT 1 FROM build WHERE project_id = $1 AND phase IN ('queued', 'running')", [
          project.projectId,
        ])
      ).length === 0,
  );
  const made = world.builder.requests.slice(before).map(({ build }) => build);
  expect(new Set(made).size).toBe(made.length);
});

/** A builder that finishes builds one at a time, when told to. */
function oneByOne() {
  const begun: { readonly build: string; readonly finish: () => void }[] = [];
  const builder: Builder = {
    build: async (request, onOutput, signal) => {
      const told = Promise.withResolvers<void>();
      begun.push({ build: request.build, finish: told.resolve });
      await told.promise;
      return world.builder.build(request, onOutput, signal);
    },
  };
  const nth = (count: number) => waitUntil(`build ${count} to begin`, () => begun[count - 1]);
  return { builder, nth };
}

it('lets projects take turns, however many builds one of them has queued', async () => {
  const { builder, nth } = oneByOne();
  await worker({ builder, buildsAtOnce: 1 });
  const services = (names: readonly string[]) =>
    `services: { ${names.map((name) => `${name}: { port: 1, build: { args: { A: "${name}" } } }`).join(', ')} }`;
  const [many, few, one] = [await world.project(), await world.project(), await world.project()];
  const flood = await world.push(many, { ...app, 'sconce.yaml': services(['a', 'b', 'c', 'd']) });
  await nth(1);
  // One after the other: who queued first has the earlier turn.
  const second = await world.push(few, { ...app, 'sconce.yaml': services(['a', 'b']) });
  await world.processed(second.delivery);
  const third = await world.push(one, { ...app, 'sconce.yaml': services(['a']) });
  await world.processed(third.delivery);
  const names = new Map([many, few, one].map((project, index) => [project.projectId, ['many', 'few', 'one'][index]]));
  const order: (string | undefined)[] = [];
  for (let count = 1; count <= 7; count += 1) {
    const { build, finish } = await nth(count);
    const row = await world.row<{ project_id: string }>('SELECT project_id FROM build WHERE id = $1', [build]);
    order.push(names.get(row.project_id));
    finish();
  }
  expect(order).toEqual(['many', 'few', 'one', 'many', 'few', 'many', 'many']);
  for (const { delivery } of [flood, second, third])
    expect((await world.ended(delivery)).every(({ phase }) => phase === 'succeeded')).toBe(true);
});

it('never deploys an older build that ends after a newer one, and says why', async () => {
  const { builder, nth } = oneByOne();
  await worker({ builder, buildsAtOnce: 2 });
  const project = await world.project();
  const first = await world.push(project, { ...app, a: '1' });
  const older = await nth(1);
  const second = await world.push(project, { ...app, a: '2' }, { parent: first.sha });
  const newer = await nth(2);
  newer.finish();
  expect(await world.ended(second.delivery)).toMatchObject([{ id: newer.build, phase: 'succeeded' }]);
  older.finish();
  expect(await world.ended(first.delivery)).toMatchObject([{ id: older.build, phase: 'succeeded' }]);
  const targets = await world.rows(
    'SELECT t.build_id, t.reason, r.number, s.desired_release_id = r.id AS desired FROM build_target t JOIN service s ON s.id = t.service_id LEFT JOIN release r ON r.id = t.release_id WHERE s.environment_id = $1 ORDER BY t.build_id',
    [project.environmentId],
  );
  expect(targets).toEqual([
    { build_id: older.build, reason: 'overtaken', number: null, desired: null },
    { build_id: newer.build, reason: null, number: 1, desired: true },
  ]);
  expect((await world.logOf(older.build)).at(-1)).toContain('A newer push was deployed while this one was built.');
});

it('supersedes older queued builds of the same branch, and not those of services that the newer one does not build', async () => {
  const project = await world.project();
  const held = Promise.withResolvers<void>();
  const holding: Builder = {
    build: async (request, onOutput, signal) => {
      await held.promise;
      return world.builder.build(request, onOutput, signal);
    },
  };
  await worker({ builder: holding, buildsAtOnce: 1 });
  const watched =
    'services: { web: { port: 1, build: { watch: ["web/**"] } }, api: { port: 2, build: { args: { A: "1" }, watch: ["api/**"] } } }';
  const blocker = await world.push(await world.project(), app);
  await buildOf(blocker.delivery, 'running');
  const first = await world.push(project, { ...app, 'sconce.yaml': watched, 'web/a': '1', 'api/a': '1' });
  await world.processed(first.delivery);
  const second = await world.push(
    project,
    { ...app, 'sconce.yaml': watched, 'web/a': '2', 'api/a': '1' },
    { parent: first.sha },
  );
  await world.processed(second.delivery);
  const phases = await world.rows<{ phase: string; reason: string; slug: string; target: string }>(
    `SELECT b.phase, b.reason, s.slug, t.reason AS target FROM build b JOIN build_target t ON t.build_id = b.id JOIN service s ON s.id = t.service_id
     WHERE b.delivery_id = $1 ORDER BY s.slug`,
    [first.delivery],
  );
  expect(phases).toEqual([
    { phase: 'queued', reason: null, slug: 'api', target: null },
    { phase: 'superseded', reason: 'overtaken', slug: 'web', target: 'overtaken' },
  ]);
  held.resolve();
  expect((await world.ended(second.delivery)).map(({ phase }) => phase)).toEqual(['succeeded']);
  expect((await world.ended(first.delivery)).map(({ phase }) => phase).sort()).toEqual(['succeeded', 'superseded']);
});

describe('build secrets', () => {
  const planted = 'planted-9d1f-build-secret';

  async function secretProject() {
    const project = await world.project();
    const groupId = newId('grp');
    const valueId = newId('val');
    const sealer = sealerFor(world.keys, 'secret');
    const sealed = await sealer.seal({ owner: groupId, name: 'token', version: 1 }, Buffer.from(planted));
    await world.rows("INSERT INTO secret_group (id, environment_id, slug) VALUES ($1, $2, 'pip')", [
      groupId,
      project.environmentId,
    ]);
    await world.rows(
      "INSERT INTO sealed_value (id, kind, owner, name, version, key_id, bytes, fingerprint) VALUES ($1, 'secret', $2, 'token', 1, $3, $4, 'f')",
      [valueId, groupId, sealed.keyId, sealed.bytes],
    );
    await world.rows("INSERT INTO secret (id, group_id, name, value_id, version) VALUES ($1, $2, 'token', $3, 1)", [
      newId('sec'),
      groupId,
      valueId,
    ]);
    return project;
  }
  const file = 'services: { web: { port: 1, secrets: [pip], build: { secrets: [token] } } }';

  it('are mounted, and masked in log, row and events however the builder cuts them', async () => {
    const project = await secretProject();
    const leaking: Builder = {
      build: async (request, onOutput) => {
        expect(request.secrets.map(({ name, value }) => [name, Buffer.from(value).toString()])).toEqual([
          ['token', planted],
        ]);
        for (const character of `the token is ${planted}, really\n`) onOutput(Buffer.from(character));
        onOutput(Buffer.from(`${planted.slice(0, 10)}`));
        onOutput(Buffer.from(`${planted.slice(10)}\n`));
        throw new BuildFailed('build_step_failed', `curl -H ${planted} ended with 22`, `Check ${planted}`);
      },
    };
    await worker({ builder: leaking });
    const [build] = await world.ended((await world.push(project, { ...app, 'sconce.yaml': file })).delivery);
    expect(build).toMatchObject({ phase: 'failed', message: 'curl -H [secret] ended with 22' });
    expect((await world.logOf(build?.id ?? '')).join('\n')).toContain('the token is [secret], really');
    const everything = await world.rows(
      'SELECT row_to_json(b) AS a FROM build b UNION ALL SELECT row_to_json(e) FROM event e UNION ALL SELECT row_to_json(l) FROM log_chunk l UNION ALL SELECT row_to_json(t) FROM build_target t',
    );
    expect(JSON.stringify(everything)).not.toContain(planted);
  });

  it('say when they are missing, before anything is built', async () => {
    await worker();
    const project = await world.project();
    const [build] = await world.ended((await world.push(project, { ...app, 'sconce.yaml': file })).delivery);
    expect(build).toMatchObject({ phase: 'failed', reason: 'build_secret_missing' });
    expect(build?.message).toContain('web wants the build secret token');
  });
});

describe('a build log', () => {
  it('keeps every line in order, whatever the chunks and whatever is in them', async () => {
    const project = await world.project();
    const chatty: Builder = {
      build: async (request, onOutput, signal) => {
        const all = Buffer.from(Array.from({ length: 3_000 }, (_, i) => `line ${i} ${'é'.repeat(i % 50)}\n`).join(''));
        for (let at = 0; at < all.length; at += 997) {
          onOutput(all.subarray(at, at + 997));
          if (at % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        onOutput(Buffer.from('nul \u0000 here\nbar 1%\rbar 2%\rdone\nno newline'));
        return world.builder.build(request, () => {}, signal);
      },
    };
    await worker({ builder: chatty });
    const [build] = await world.ended((await world.push(project, app)).delivery);
    const log = (await world.logOf(build?.id ?? '')).filter(
      (line) => !/^(?:Fetching|Building|Built|Release)/.test(line),
    );
    expect(log.slice(0, 3_000)).toEqual(Array.from({ length: 3_000 }, (_, i) => `line ${i} ${'é'.repeat(i % 50)}`));
    expect(log.slice(3_000)).toEqual(['nul \ufffd here', 'done', 'no newline']);
  });
});

it('waits for a container engine that is away, and says so', async () => {
  const project = await world.project();
  let tries = 0;
  await worker({
    builder: {
      build: async (...given) => {
        tries += 1;
        if (tries < 3) throw new BuilderUnavailable('no engine');
        return world.builder.build(...given);
      },
    },
  });
  const [build] = await world.ended((await world.push(project, app)).delivery);
  expect(build?.phase).toBe('succeeded');
  expect((await world.logOf(build?.id ?? '')).filter((line) => line.includes('does not answer'))).toHaveLength(1);
});

it('calls a fault of its own by that name, and shows none of it', async () => {
  const project = await world.project();
  await worker({
    builder: {
      build: async () => {
        throw new TypeError('undefined is not a function at /secret/path');
      },
    },
  });
  const [build] = await world.ended((await world.push(project, app)).delivery);
  expect(build).toMatchObject({ phase: 'failed', reason: 'internal_error' });
  expect(JSON.stringify(build)).not.toContain('/secret/path');
});

describe('a build by hand', () => {
  it('builds the branch, a commit, and again without any cache', async () => {
    await worker();
    const project = await world.project();
    const pushed = await world.push(project, app);
    const [first] = await world.ended(pushed.delivery);
    const { id: service } = await world.row<{ id: string }>('SELECT id FROM service WHERE environment_id = $1', [
      project.environmentId,
    ]);
    const start = (input: object) =>
      startBuild(
        { ...deps(), sources: { builtin: world.source, github: null } },
        { service, actor: 'usr_ada', ...input },
        AbortSignal.timeout(60_000),
      );
    const ended = (id: string) =>
      waitUntil('the build to end', async () => {
        const row = await world.row('SELECT * FROM build WHERE id = $1', [id]);
        return row.ended_at === null ? null : row;
      });
    expect(await ended((await start({})).build)).toMatchObject({
      phase: 'succeeded',
      commit: pushed.sha,
      reused_build_id: first?.id,
      delivery_id: null,
    });
    expect(await ended((await start({ commit: pushed.sha, noCache: true })).build)).toMatchObject({
      phase: 'succeeded',
      reused_build_id: null,
      no_cache: true,
    });
    expect(
      await world.row('SELECT max(number) AS number, min(created_by) AS by FROM release WHERE service_id = $1', [
        service,
      ]),
    ).toEqual({ number: 3, by: 'usr_ada' });
    await expect(start({ commit: 'f'.repeat(40) })).rejects.toMatchObject({ code: 'not_found' });
    await expect(start({ commit: 'main' })).rejects.toMatchObject({ code: 'invalid' });
    await expect(start({ ref: 'no-such' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(start({ ref: 'a..b' })).rejects.toMatchObject({ code: 'invalid' });
    await expect(start({ service: 'svc_none' })).rejects.toMatchObject({ code: 'not_found' });
  });
});
