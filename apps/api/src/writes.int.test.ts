import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let world: ApiWorld;
let tenant: Tenant;
let count = 0;
beforeAll(async () => {
  world = await startApiWorld();
});
beforeEach(async () => {
  count += 1;
  tenant = await makeTenant(world, `tenant-${count}`);
});
afterAll(() => world.stop());

const tally = (answers: readonly Answer[]) => {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const rows = async (sql: string, values: unknown[] = []) =>
  (await world.db.pool.query(sql, values)).rows as Record<string, unknown>[];

describe('Idempotency-Key', () => {
  it('of fifty same POSTs at once lets one have an effect; all get its answer in the end', async () => {
    const post = () =>
      world.ask(`POST /v1/projects/${tenant.slug}/environments`, {
        body: { slug: 'once' },
        headers: { 'idempotency-key': `race-${count}` },
      });
    const answers = await Promise.all(Array.from({ length: 50 }, post));
    const counts = tally(answers);
    expect(Object.keys(counts).every((status) => status === '201' || status === '409')).toBe(true);
    const bodies = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => JSON.stringify(body)));
    expect(bodies.size).toBe(1);
    for (const answer of answers.filter(({ status }) => status === 409))
      expect(answer.body.code).toBe('idempotency_running');
    expect(await post()).toMatchObject({ status: 201, body: JSON.parse([...bodies][0] ?? '') });
    expect(
      await rows("SELECT 1 FROM environment WHERE slug = 'once' AND project_id = $1", [tenant.ids.project]),
    ).toHaveLength(1);
    expect(
      await rows("SELECT 1 FROM event WHERE type = 'environment.created' AND project_id = $1", [tenant.ids.project]),
    ).toHaveLength(2);
    expect(
      await rows("SELECT 1 FROM audit_event WHERE action = 'createEnvironment' AND status = 201 AND project_id = $1", [
        tenant.ids.project,
      ]),
    ).toHaveLength(2);
  });

  it('refuses another body or path under the same key, and takes a failed one again', async () => {
    const key = { 'idempotency-key': `key-${count}` };
    const path = `/v1/projects/${tenant.slug}/environments`;
    expect((await world.ask(`POST ${path}`, { body: { slug: 'production' }, headers: key })).body.code).toBe(
      'already_exists',
    );
    expect((await world.ask(`POST ${path}`, { body: { slug: 'staging' }, headers: key })).status).toBe(201);
    const other = await world.ask(`POST ${path}`, { body: { slug: 'other' }, headers: key });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    const elsewhere = await world.ask('POST /v1/projects', { body: { slug: 'staging' }, headers: key });
    expect([elsewhere.status, elsewhere.body.code]).toEqual([422, 'idempotency_key_reused']);
    const same = await world.ask(`POST ${path}`, {
      raw: '{ "slug" : "staging" }',
      headers: { ...key, 'content-type': 'application/json' },
    });
    expect([same.status, same.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    const stranger = await world.ask(`POST ${path}`, {
      body: { slug: 'mine' },
      headers: key,
      token: tenant.tokens.write,
    });
    expect(stranger.status).toBe(201);
    expect(
      (await world.ask(`POST ${path}`, { body: { slug: 'x' }, headers: { 'idempotency-key': 'with blanks in it' } }))
        .body.code,
    ).toBe('malformed');
  });

  it('of a request that died before its effect is free again after a while, and not before', async () => {
    const key = `died-${count}`;
    const post = () =>
      world.ask(`POST /v1/projects/${tenant.slug}/environments`, {
        body: { slug: 'again' },
        headers: { 'idempotency-key': key },
      });
    expect((await post()).status).toBe(201);
    // As a process leaves it that is killed between its claim and its transaction's end.
    await world.db.pool.query("DELETE FROM environment WHERE slug = 'again' AND project_id = $1", [tenant.ids.project]);
    await world.db.pool.query(
      'UPDATE idempotency_key SET status = NULL, reply = NULL, created_at = now() WHERE key = $1',
      [key],
    );
    expect((await post()).body.code).toBe('idempotency_running');
    await world.db.pool.query("UPDATE idempotency_key SET created_at = now() - interval '1 minute' WHERE key = $1", [
      key,
    ]);
    expect((await post()).status).toBe(201);
  });
});

describe('the Idempotency-Key of a PUT, PATCH or DELETE', () => {
  const again = async (line: string, key: string, body?: unknown, headers: Record<string, string> = {}) => {
    const ask = () =>
      world.ask(line, { ...(body ? { body } : {}), headers: { ...headers, 'idempotency-key': `${key}-${count}` } });
    return [await ask(), await ask()] as const;
  };

  it('makes a change once, also where it says what it was made against', async () => {
    const path = `/v1/projects/${tenant.ids.project}`;
    const etag = (await world.ask(`GET ${path}`)).headers.get('etag') ?? '';
    const [first, second] = await again(`PATCH ${path}`, 'patch', { name: 'Once' }, { 'if-match': etag });
    expect([first.status, second.status, second.headers.get('idempotent-replayed')]).toEqual([200, 200, 'true']);
    expect(second.body).toEqual(first.body);
    expect((await world.ask(`GET ${path}`)).body.version).toBe(first.body.version);
    const other = await world.ask(`PATCH ${path}`, {
      body: { name: 'Twice' },
      headers: { 'idempotency-key': `patch-${count}` },
    });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('answers again that a thing was removed, though it is not there any more', async () => {
    for (const path of [
      `branch-rules/${tenant.ids.branchRule}`,
      `services/${tenant.ids.service}`,
      `projects/${tenant.ids.project}`,
    ]) {
      const [first, second] = await again(`DELETE /v1/${path}`, path);
      expect([path, first.status, second.status]).toEqual([path, 200, 200]);
      expect(second.body).toEqual(first.body);
      expect((await world.ask(`DELETE /v1/${path}`)).status).toBe(404);
      const fresh = { 'idempotency-key': `fresh-${path}-${count}` };
      expect((await world.ask(`DELETE /v1/${path}`, { headers: fresh })).status).toBe(404);
      // Of the one who did it, and nobody else.
      const key = { 'idempotency-key': `${path}-${count}` };
      expect((await world.ask(`DELETE /v1/${path}`, { headers: key, token: tenant.tokens.write })).status).not.toBe(
        200,
      );
    }
  });

  it('opens nothing that is closed: without the right to it, a key changes nothing about the refusal', async () => {
    const path = `/v1/services/${tenant.ids.service}/variables`;
    const headers = { 'idempotency-key': `closed-${count}` };
    const denied = await world.ask(`PATCH ${path}`, { body: { A: '1' }, headers, token: tenant.tokens.read });
    expect([denied.status, denied.body.code]).toEqual([403, 'forbidden']);
    expect((await world.ask(`GET ${path}`)).body.data).toEqual([]);
    const other = await makeTenant(world, `other-${count}`);
    const foreign = await world.ask(`PATCH ${path}`, { body: { A: '1' }, headers, token: other.tokens.write });
    expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found']);
  });

  it('keeps nothing of values that anybody could read or guess at', async () => {
    const value = 'planted-once-and-for-all';
    await again(`PATCH /v1/services/${tenant.ids.service}/variables`, 'value', { PLANTED: value });
    await again(`PUT /v1/secret-groups/${tenant.ids.secretGroup}/secrets/PLANTED`, 'secret', { value });
    const kept = await rows(
      "SELECT key, request_hash, t::text AS line FROM idempotency_key t WHERE key LIKE '%-' || $1",
      [String(count)],
    );
    expect(kept).toHaveLength(2);
    const path = `/v1/secret-groups/${tenant.ids.secretGroup}/secrets/PLANTED`;
    const guessed = createHash('sha256')
      .update(JSON.stringify(['PUT', path, { value }]))
      .digest('hex');
    for (const { line, request_hash: hash } of kept) {
      expect(String(line)).not.toContain(value);
      expect(hash).not.toBe(guessed);
    }
  });
});

describe('If-Match', () => {
  it('lets one of fifty changes to one version through', async () => {
    const path = `/v1/services/${tenant.ids.service}`;
    const etag = (await world.ask(`GET ${path}`)).headers.get('etag') ?? '';
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        world.ask(`PATCH ${path}`, { body: { name: `Name ${index}` }, headers: { 'if-match': etag } }),
      ),
    );
    expect(tally(answers)).toEqual({ 200: 1, 412: 49 });
    const winner = answers.find(({ status }) => status === 200);
    expect((await world.ask(`GET ${path}`)).body).toMatchObject({ name: winner?.body.name, version: 2 });
    expect(answers.find(({ status }) => status === 412)?.body.code).toBe('precondition_failed');
  });

  it('holds for every kind of thing that changes', async () => {
    const { ids } = tenant;
    const lines: [string, string, object | null][] = [
      ['PATCH', `projects/${ids.project}`, { name: 'New' }],
      ['PATCH', `environments/${ids.environment}`, { name: 'New' }],
      ['PATCH', `repositories/${ids.repository}`, { defaultBranch: 'trunk' }],
      ['PATCH', `branch-rules/${ids.branchRule}`, { branches: ['trunk'] }],
      ['PATCH', `services/${ids.service}/variables`, { A: '1' }],
      ['PATCH', `environments/${ids.environment}/variables`, { A: '1' }],
      ['PATCH', `rollouts/${ids.rollout}`, { paused: true }],
      ['PATCH', `builds/${ids.build}`, { cancelled: true }],
      ['DELETE', `branch-rules/${ids.branchRule}`, null],
      ['DELETE', `secret-groups/${ids.secretGroup}`, null],
      ['DELETE', `services/${ids.service}`, null],
      ['DELETE', `projects/${ids.project}`, null],
    ];
    for (const [method, path, body] of lines) {
      const stale = await world.ask(`${method} /v1/${path}`, {
        ...(body ? { body } : {}),
        headers: { 'if-match': '"77-0123456789abcdef"' },
      });
      expect([path, stale.status]).toEqual([path, 412]);
      const malformed = await world.ask(`${method} /v1/${path}`, {
        ...(body ? { body } : {}),
        headers: { 'if-match': 'W/x' },
      });
      expect([path, malformed.status]).toEqual([path, 400]);
    }
    for (const path of [`services/${ids.service}/variables`, `branch-rules/${ids.branchRule}`]) {
      const etag = (await world.ask(`GET /v1/${path}`)).headers.get('etag') ?? '';
      const body = path.endsWith('variables') ? { B: '2' } : { branches: ['dev'] };
      const changed = await world.ask(`PATCH /v1/${path}`, { body, headers: { 'if-match': etag } });
      expect([path, changed.status]).toEqual([path, 200]);
      expect(
        (await world.ask(`PATCH /v1/${path}`, { body, headers: { 'if-match': changed.headers.get('etag') ?? '' } }))
          .status,
      ).toBe(200);
    }
  });

  it('answers 304 to If-None-Match while nothing changed', async () => {
    const path = `/v1/services/${tenant.ids.service}`;
    const etag = (await world.ask(`GET ${path}`)).headers.get('etag') ?? '';
    expect((await world.ask(`GET ${path}`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    await world.db.pool.query("UPDATE replica SET health = 'unready' WHERE service_id = $1", [tenant.ids.service]);
    const changed = await world.ask(`GET ${path}`, { headers: { 'if-none-match': etag } });
    expect([changed.status, changed.body.state]).toEqual([200, 'down']);
    // What a person may change is still as it was seen: a replica's health does not refuse their change.
    expect((await world.ask(`PATCH ${path}`, { body: { name: 'New' }, headers: { 'if-match': etag } })).status).toBe(
      200,
    );
  });
});

describe('dryRun', () => {
  it('answers what would be, and leaves nothing of it', async () => {
    const { ids } = tenant;
    const dump = async () => {
      const tables = await rows(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT IN ('audit_event', 'token')",
      );
      const texts = await Promise.all(
        tables.map(async ({ name }) => [
          name,
          (await rows(`SELECT t::text AS line FROM "${name}" t ORDER BY 1`)).map(({ line }) => line),
        ]),
      );
      return JSON.stringify(texts);
    };
    const before = await dump();
    const lines: [string, string, object | null, object][] = [
      ['POST', 'projects', { slug: 'dry' }, { slug: 'dry', version: 1 }],
      ['PUT', `projects/dry-put`, {}, { slug: 'dry-put' }],
      ['POST', `projects/${ids.project}/environments`, { slug: 'dry' }, { path: `${tenant.slug}/dry` }],
      ['POST', `projects/${ids.project}/repositories`, { kind: 'builtin', slug: 'dry' }, { slug: 'dry' }],
      [
        'PATCH',
        `services/${ids.service}`,
        { settings: { port: 9000 }, autoDeploy: false },
        { settings: { port: 9000 }, autoDeploy: false, version: 3 },
      ],
      ['PATCH', `services/${ids.service}/variables`, { A: '1' }, { data: [{ name: 'A', value: '1', version: 1 }] }],
      ['PUT', `secret-groups/${ids.secretGroup}/secrets/TOKEN`, { value: 'planted' }, { name: 'TOKEN', version: 1 }],
      ['POST', `services/${ids.service}/releases`, {}, { release: { number: 2, name: 'r2' }, build: null }],
      ['POST', 'tokens', { kind: 'personal', name: 'dry', scopes: ['read'] }, { name: 'dry' }],
      ['POST', 'users', { email: 'dry@run.example', name: 'Dry' }, { email: 'dry@run.example' }],
      ['DELETE', `services/${ids.service}`, null, { id: ids.service }],
      [
        'DELETE',
        `projects/${ids.project}`,
        null,
        { also: { environments: 1, services: 1, repositories: 1, tokens: Object.keys(tenant.tokens).length } },
      ],
    ];
    for (const [method, path, body, expected] of lines) {
      const answer = await world.ask(
        `${method} /v1/${path}?dryRun=true`,
        body ? { body, headers: { 'idempotency-key': 'dry' } } : {},
      );
      expect([path, answer.status, answer.headers.get('sconce-dry-run'), answer.body]).toEqual([
        path,
        200,
        'true',
        expect.objectContaining({}),
      ]);
      expect(answer.body).toMatchObject(expected);
    }
    expect(await dump()).toBe(before);
    expect((await world.ask(`DELETE /v1/projects/${ids.project}/members/a@b.example?dryRun=true`)).status).toBe(404);
  });
});

describe('services', () => {
  it('are changed by JSON Merge Patch: absent leaves, null clears to the layer below', async () => {
    const path = `/v1/services/${tenant.ids.service}`;
    await world.ask(`PATCH ${path}`, {
      body: {
        settings: {
          probe: { path: '/ready', periodMs: 500 },
          resources: { gpu: { product: 'L4', count: 2, memoryMiB: null } },
        },
        build: { dockerfile: 'docker/Dockerfile' },
      },
    });
    await world.db.pool.query('UPDATE service SET file_settings = $2 WHERE id = $1', [
      tenant.ids.service,
      JSON.stringify({
        settings: { probe: { path: '/from-file', timeoutMs: 999 } },
        build: {},
        env: {},
        secretGroups: [],
      }),
    ]);
    const patched = await world.ask(`PATCH ${path}`, {
      body: {
        settings: { probe: { path: null }, resources: { gpu: { product: null, count: 1, memoryMiB: 24000 } } },
        build: null,
      },
    });
    expect(patched.body).toMatchObject({
      settings: {
        port: 80,
        probe: { periodMs: 500 },
        resources: { gpu: { product: null, count: 1, memoryMiB: 24000 } },
      },
      effectiveSettings: { port: 80, probe: { path: '/from-file', periodMs: 500, timeoutMs: 999 } },
      buildSettings: {},
      effectiveBuildSettings: { dockerfile: 'Dockerfile' },
    });
    expect(patched.body.settings.probe).toEqual({ periodMs: 500 });
    const put = await world.ask(`PUT ${path}`, { body: { settings: { port: 81 } } });
    expect(put.body).toMatchObject({ settings: { port: 81 }, repository: null, version: 4 });
  });

  it('have no GPU where the API says none, whatever the file says, and the file’s again after null', async () => {
    const path = `/v1/services/${tenant.ids.service}`;
    const gpu = { product: 'H100', count: 1, memoryMiB: null };
    const file = { settings: { resources: { gpu, memoryMiB: 512 } }, build: {}, env: {}, secretGroups: [] };
    await world.db.pool.query('UPDATE service SET file_settings = $2 WHERE id = $1', [
      tenant.ids.service,
      JSON.stringify(file),
    ]);
    const patch = async (value: unknown) =>
      (await world.ask(`PATCH ${path}`, { body: { settings: { resources: { gpu: value } } } })).body;
    expect(await patch('none')).toMatchObject({
      settings: { resources: { gpu: 'none' } },
      effectiveSettings: { resources: { gpu: null, memoryMiB: 512 } },
    });
    const deployed = await world.ask(`POST /v1/services/${tenant.ids.service}/releases?dryRun=true`, { body: {} });
    expect(deployed.body.release.number).toBe(2);
    expect(await patch(null)).toMatchObject({ effectiveSettings: { resources: { gpu } } });
    expect(await patch('nothing')).toMatchObject({
      code: 'invalid',
      errors: [expect.objectContaining({ path: 'settings.resources.gpu' })],
    });
  });

  it('are made by PUT to slugs that are free, and their slugs are free again once removed', async () => {
    const reference = encodeURIComponent(`${tenant.slug}/production/embeddings`);
    const made = await world.ask(`PUT /v1/services/${reference}`, { body: { repository: 'models' } });
    expect([made.status, made.body.path]).toEqual([201, `${tenant.slug}/production/embeddings`]);
    expect((await world.ask(`PUT /v1/services/${reference}`, { body: {} })).status).toBe(200);
    expect((await world.ask(`DELETE /v1/services/${reference}`)).status).toBe(200);
    expect((await world.ask(`GET /v1/services/${reference}`)).status).toBe(404);
    expect((await world.ask(`GET /v1/services/${made.body.id}`)).status).toBe(404);
    const again = await world.ask(`POST /v1/environments/${tenant.ids.environment}/services`, {
      body: { slug: 'embeddings' },
    });
    expect(again.status).toBe(201);
    expect(again.body.id).not.toBe(made.body.id);
    expect(await rows('SELECT kind FROM wakeup WHERE object_id = $1', [made.body.id])).toEqual([{ kind: 'service' }]);
  });

  it('tell what is live, since when, and why things wait', async () => {
    const path = `/v1/services/${tenant.ids.service}`;
    const first = (await world.ask(`GET ${path}`)).body;
    expect(first).toMatchObject({
      state: 'deploying',
      live: {
        release: { name: 'r1' },
        commit: { sha: 'c'.repeat(40), message: 'First', author: 'Ada' },
        since: expect.any(String),
      },
      desired: { release: { name: 'r1' } },
      replicas: { ready: 1, total: 1, wanted: 1 },
      rollout: { phase: 'draining' },
    });
    await world.db.pool.query("UPDATE rollout SET phase = 'complete', ended_at = now() WHERE id = $1", [
      tenant.ids.rollout,
    ]);
    expect((await world.ask(`GET ${path}`)).body).toMatchObject({ state: 'live', rollout: null, waiting: null });
    await world.db.pool.query(
      "UPDATE replica SET health = 'unready', reason = 'crash_loop', message = 'exited 3 times' WHERE service_id = $1",
      [tenant.ids.service],
    );
    expect((await world.ask(`GET ${path}`)).body).toMatchObject({
      state: 'down',
      waiting: { reason: 'crash_loop', message: 'exited 3 times', hint: expect.stringContaining('log') },
    });
    await world.db.pool.query(
      "UPDATE build SET phase = 'failed', reason = 'build_step_failed', message = 'RUN pip failed', ended_at = now() + interval '1 second' WHERE id = $1",
      [tenant.ids.build],
    );
    expect((await world.ask(`GET ${path}`)).body.waiting).toMatchObject({
      reason: 'build_step_failed',
      message: 'RUN pip failed',
    });
  });
});

describe('releases and rollbacks', () => {
  it('deploys the current image with the current settings, and goes back to an earlier release', async () => {
    const path = `/v1/services/${tenant.ids.service}`;
    await world.ask(`PATCH ${path}/variables`, { body: { LOG_LEVEL: 'debug' } });
    const deployed = await world.ask(`POST ${path}/releases`, { body: {} });
    expect(deployed).toMatchObject({
      status: 202,
      body: {
        build: null,
        release: { name: 'r2', cause: 'manual', commit: { sha: 'c'.repeat(40) } },
        rollout: { phase: 'pending', cause: 'manual' },
      },
    });
    const compared = await world.ask(
      `GET /v1/releases/${encodeURIComponent(`${tenant.slug}/production/resnet50/r2`)}?compare=r1`,
    );
    expect(compared.body.compared).toMatchObject({
      same: false,
      release: { name: 'r1' },
      groups: expect.arrayContaining([
        { group: 'variables', differences: [expect.objectContaining({ name: 'LOG_LEVEL', change: 'added' })] },
      ]),
    });
    expect(compared.body.compared.packages).toEqual({ groups: [], unknown: [] });
    const back = await world.ask(`POST ${path}/rollbacks`, { body: { release: 'r1' } });
    expect(back).toMatchObject({ status: 202, body: { cause: 'rollback', release: { name: 'r1' } } });
    expect((await world.ask(`GET ${path}`)).body).toMatchObject({
      autoDeploy: false,
      pinned: { reason: 'Rolled back to r1' },
    });
    expect((await world.ask(`PATCH ${path}`, { body: { autoDeploy: true } })).body).toMatchObject({
      autoDeploy: true,
      pinned: null,
    });
    const byCommit = await world.ask(`POST ${path}/releases`, { body: { commit: 'c'.repeat(40) } });
    expect(byCommit.body).toMatchObject({ release: { name: 'r3' }, build: null });
    const two = await world.ask(`POST ${path}/releases`, { body: { commit: 'c'.repeat(40), build: tenant.ids.build } });
    expect([two.status, two.body.code]).toEqual([400, 'invalid']);
  });

  it('waits for the work to end, and no longer than asked', async () => {
    // Longer than anything takes here, and what is announced is not waited out.
    const longSeconds = 60;
    const path = `/v1/services/${tenant.ids.service}`;
    const started = performance.now();
    const late = await world.ask(`POST ${path}/releases?wait=1s`, { body: {} });
    expect(late.body.rollout.phase).toBe('pending');
    expect(performance.now() - started).toBeGreaterThan(900);
    const waiting = world.ask(`GET /v1/rollouts/${late.body.rollout.id}?wait=${longSeconds}s`);
    await world.db.pool.query("UPDATE rollout SET phase = 'draining', live_at = now() WHERE id = $1", [
      late.body.rollout.id,
    ]);
    await world.db.pool.query("SELECT pg_notify('sconce_event', '')");
    expect((await waiting).body).toMatchObject({ phase: 'draining' });
    expect(performance.now() - started).toBeLessThan(longSeconds * 1_000);
  });

  it('makes a release for each service that a changed variable reaches, when asked to', async () => {
    const changed = await world.ask(`PATCH /v1/environments/${tenant.ids.environment}/variables?deploy=true`, {
      body: { REGION: 'eu' },
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { data: [{ name: 'REGION', value: 'eu', source: 'environment' }] },
    });
    const { data } = (await world.ask(`GET /v1/services/${tenant.ids.service}/releases`)).body;
    expect(data.map((release: { name: string; cause: string }) => [release.name, release.cause])).toEqual([
      ['r2', 'variables'],
      ['r1', 'push'],
    ]);
  });
});

describe('secrets', () => {
  it('are never told, by no answer, list, event, audit row or problem', async () => {
    const planted = `planted-${count}-5e2a77`;
    const path = `/v1/secret-groups/${tenant.ids.secretGroup}/secrets`;
    const answers = [
      await world.ask(`PUT ${path}/API_KEY`, { body: { value: planted } }),
      await world.ask(`PUT ${path}/API_KEY?dryRun=true`, { body: { value: `${planted}-2` } }),
      await world.ask(`PUT ${path}/1WRONG`, { body: { value: planted } }),
      await world.ask(`PUT ${path}/API_KEY`, { body: { value: planted, other: planted } }),
      await world.ask(`PUT ${path}/API_KEY`, { body: { value: [planted] } }),
      await world.ask(`PUT ${path}/API_KEY`, {
        raw: `{"value":"${planted}`,
        headers: { 'content-type': 'application/json' },
      }),
      await world.ask(`GET ${path}`),
      await world.ask(`GET ${path}/API_KEY`),
      await world.ask(`GET /v1/environments/${tenant.ids.environment}/secret-groups`),
      await world.ask(`GET /v1/projects/${tenant.ids.project}/events`),
      await world.ask('GET /v1/audit-events'),
      await world.ask('GET /metrics'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 400, 400, 400, 400, 200, 200, 200, 200, 200, 200]);
    for (const answer of answers) expect(JSON.stringify(answer.body)).not.toContain(planted);
    expect(answers[6]?.body.data).toEqual([
      {
        name: 'API_KEY',
        version: 1,
        fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      },
    ]);
    expect((await world.ask(`DELETE ${path}/API_KEY`)).status).toBe(200);
    expect((await world.ask(`GET ${path}/API_KEY`)).status).toBe(404);
  });
});

describe('people', () => {
  it('are invited, become members, and lose all when removed', async () => {
    const invited = await world.ask('POST /v1/users', { body: { email: `Ada-${count}@Example.org`, name: 'Ada' } });
    expect(invited).toMatchObject({
      status: 201,
      body: { email: `ada-${count}@example.org`, setupUrl: expect.stringContaining('/setup/') },
    });
    const setup = new URL(invited.body.setupUrl).pathname;
    const { origin } = new URL(world.url);
    const opened = await world.ask(`POST ${setup}`, { token: null, headers: { origin } });
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
    const me = () => world.ask('GET /v1/me', { token: null, headers: { cookie } });
    expect((await me()).body).toMatchObject({ user: { email: `ada-${count}@example.org` }, projects: [] });
    expect((await world.ask(`GET /v1/projects/${tenant.slug}`, { token: null, headers: { cookie } })).status).toBe(404);
    await world.ask(`PUT /v1/projects/${tenant.slug}/members/ada-${count}@example.org`, { body: { role: 'viewer' } });
    expect((await me()).body.projects).toEqual([
      { id: tenant.ids.project, slug: tenant.slug, role: 'viewer', scope: 'read' },
    ]);
    const write = await world.ask(`PATCH /v1/services/${tenant.ids.service}`, {
      token: null,
      headers: { cookie, origin },
      body: { name: 'X' },
    });
    expect([write.status, write.body.code]).toEqual([403, 'forbidden']);
    expect((await world.ask(`DELETE /v1/users/${invited.body.id}`)).body.also.tokens).toBeGreaterThan(0);
    expect((await me()).status).toBe(401);
    const admin = (await world.ask('GET /v1/me')).body.user.id;
    expect((await world.ask(`DELETE /v1/users/${admin}`)).body.detail).toContain('last administrator');
  });
});
