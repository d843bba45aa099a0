import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let world: ApiWorld;
let tenant: Tenant;
beforeAll(async () => {
  world = await startApiWorld();
  tenant = await makeTenant(world, 'vision');
});
afterAll(() => world?.stop());

async function makeRepository(slug: string): Promise<string> {
  const made = await world.ask('POST /v1/projects/vision/repositories', { body: { kind: 'builtin', slug } });
  expect(made.status).toBe(201);
  return made.body.id;
}

/** A commit in the bare repository itself, as a push leaves it. */
function commit(repository: string, files: Readonly<Record<string, string>>, branch = 'main'): void {
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const all = Object.entries(files).map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`);
  const input = `commit refs/heads/${branch}\ncommitter A <a@b.example> 1 +0000\n${data('First')}deleteall\n${all.join('')}done\n`;
  execFileSync(
    'git',
    [`--git-dir=${world.config.gitDirectory}/${repository}.git`, 'fast-import', '--quiet', '--force', '--done'],
    { input },
  );
}

describe('looking at a repository', () => {
  it('says that nothing was pushed yet, then what the head of a branch says', async () => {
    const id = await makeRepository('looked-at');
    const plan = async (query = '') => (await world.ask(`GET /v1/repositories/${id}/plan${query}`)).body;
    expect(await plan()).toEqual({ branch: 'main', branches: [], commit: null, plan: null });
    commit(id, {
      Dockerfile: 'FROM python:3\nEXPOSE 8000\n',
      'requirements.txt': 'torch\n',
      'app.py': "@app.get('/health')",
    });
    commit(id, { 'README.md': 'nothing to run' }, 'docs/only');
    expect(await plan()).toMatchObject({
      branch: 'main',
      branches: ['docs/only', 'main'],
      commit: { message: 'First', ref: 'refs/heads/main' },
      plan: {
        service: 'looked-at',
        dockerfile: 'Dockerfile',
        port: { value: 8000 },
        probe: { value: '/health' },
        gpu: { value: false },
        memoryMiB: { value: 2048 },
        settings: { probe: { path: '/health' }, resources: { memoryMiB: 2048 } },
        problems: [],
      },
    });
    expect(await plan('?ref=docs/only')).toMatchObject({
      plan: { problems: [{ message: 'There is no Dockerfile.' }] },
    });
    expect(await plan('?ref=none')).toMatchObject({ branch: 'none', commit: null });
  });

  it('takes a sconce.yaml that cannot be used for what it is, and files of strangers as text', async () => {
    const id = await makeRepository('broken');
    commit(id, {
      'sconce.yaml': 'services: { x: { port: -1 } }',
      Dockerfile: `FROM a\nEXPOSE 1\n# ${'x'.repeat(400_000)}`,
    });
    const answer = await world.ask(`GET /v1/repositories/${id}/plan`);
    expect(answer.status).toBe(200);
    expect(answer.body.plan.problems[0].message).toContain('services.x.port');
  });

  it.each(['..', 'a b', '-x', 'refs/heads/main~1', 'x'.repeat(300), 'a..b'])('refuses %j as a branch', async (ref) => {
    const answer = await world.ask(`GET /v1/repositories/${tenant.ids.repository}/plan?ref=${encodeURIComponent(ref)}`);
    if (answer.status === 200) expect(answer.body.commit).toBeNull();
    else expect([answer.status, answer.body.errors[0].path]).toEqual([400, 'ref']);
  });
});

describe('an example', () => {
  it('is listed with how it runs', async () => {
    const { body } = await world.ask('GET /v1/examples', { token: tenant.tokens.read });
    expect(body.data).toMatchObject([
      { slug: 'hello', title: 'Hello', about: 'Says hello, and more.', plan: { port: { value: 8000 }, problems: [] } },
    ]);
    expect(JSON.stringify(body)).not.toContain('FROM scratch');
  });

  it('begins an empty repository as a push would, once', async () => {
    const id = await makeRepository('begun');
    const begin = (options: object = {}) =>
      world.ask(`POST /v1/repositories/${id}/commits`, { body: { example: 'hello' }, ...options });
    const dry = await world.ask(`POST /v1/repositories/${id}/commits?dryRun=true`, { body: { example: 'hello' } });
    expect(dry.status).toBe(200);
    expect((await begin({ token: tenant.tokens.read })).status).toBe(403);
    const twice = await Promise.all([begin(), begin()]);
    expect(twice.map(({ status }) => status).sort()).toEqual([201, 409]);
    const { sha, branch } = twice.find(({ status }) => status === 201)?.body ?? {};
    const plan = (await world.ask(`GET /v1/repositories/${id}/plan`)).body;
    expect(plan).toMatchObject({ branch, commit: { sha, message: 'Hello' }, plan: { dockerfile: 'Dockerfile' } });
    const deliveries = await world.db.pool.query(
      `SELECT event FROM delivery WHERE phase = 'received' AND position(convert_to($1, 'UTF8') in body::bytea) > 0`,
      [sha],
    );
    expect(deliveries.rows).toEqual([{ event: 'push' }]);
    expect((await begin()).body.code).toBe('conflict');
  });

  it.each(['none', '../etc', 'constructor'])('called %s is refused by its field', async (example) => {
    const answer = await world.ask(`POST /v1/repositories/${tenant.ids.repository}/commits`, { body: { example } });
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, 'example']);
  });
});

describe('a build, taken apart', () => {
  it('is held against the one before it', async () => {
    const layers = (digest: string, bytes: number) =>
      JSON.stringify([
        { digest: 'sha256:base', sizeBytes: 100, createdBy: 'FROM base' },
        { digest, sizeBytes: bytes, createdBy: 'COPY app.py ./' },
      ]);
    const steps = (ms: number) => JSON.stringify([{ title: 'COPY app.py ./', is: 'done', ms }]);
    const { pool } = world.db;
    const add = async (id: string, digest: string, bytes: number, ms: number) => {
      await pool.query(
        `INSERT INTO build (id, project_id, repository_id, position, ref, commit, settings, settings_hash, phase, image_digest, steps, ended_at)
         VALUES ($1, $2, $3, 2, 'refs/heads/main', $4, '{}', 'x', 'succeeded', $5, $6, now())`,
        [id, tenant.ids.project, tenant.ids.repository, 'd'.repeat(40), digest, steps(ms)],
      );
      await pool.query('INSERT INTO build_target (build_id, service_id) VALUES ($1, $2)', [id, tenant.ids.service]);
      await pool.query(
        `INSERT INTO image (digest, build_id, size_bytes, architecture, exposed_ports, layers) VALUES ($1, $2, $3, 'amd64', '{}', $4)`,
        [digest, id, 100 + bytes, layers(digest, bytes)],
      );
    };
    // Newer than anything made before: ids are in the order of their making.
    const [older, newer] = ['bld_7zzzzzzzzzzzzzzzzzzzzzzzz1', 'bld_7zzzzzzzzzzzzzzzzzzzzzzzz2'];
    await add(older, `sha256:${'1'.repeat(64)}`, 7, 50);
    await add(newer, `sha256:${'2'.repeat(64)}`, 9, 80);
    const { body } = await world.ask(`GET /v1/builds/${newer}/analysis`, { token: tenant.tokens.read });
    expect(body).toMatchObject({
      sizeBytes: 109,
      steps: [{ title: 'COPY app.py ./', ms: 80, before: { ms: 50 } }],
      layers: [
        { is: 'same', beforeBytes: 100 },
        { is: 'changed', sizeBytes: 9, beforeBytes: 7 },
      ],
      gone: [],
      against: { build: older, sizeBytes: 107 },
    });
    const first = (await world.ask(`GET /v1/builds/${tenant.ids.build}/analysis`)).body;
    expect(first).toMatchObject({ against: null, steps: [] });
  });
});

describe('examples of calls', () => {
  const path = (name = '') =>
    `/v1/services/${tenant.ids.service}/call-examples${name && `/${encodeURIComponent(name)}`}`;
  const body = {
    method: 'POST',
    path: '/predict',
    body: { kind: 'file', field: 'image', name: 'cat.jpg', type: 'image/jpeg', base64: 'aGk=' },
  };

  it('are kept, listed without their files, replaced and forgotten', async () => {
    const put = await world.ask(`PUT ${path('A cat')}`, { body });
    expect([put.status, put.body.body]).toEqual([200, body.body]);
    const { data } = (await world.ask(`GET ${path()}`, { token: tenant.tokens.read })).body;
    expect(data).toMatchObject([{ name: 'A cat', method: 'POST', sends: 'cat.jpg' }]);
    expect(JSON.stringify(data)).not.toContain('aGk=');
    await world.ask(`PUT ${path('A cat')}`, { body: { method: 'GET', path: '/', body: { kind: 'none' } } });
    expect((await world.ask(`GET ${path('A cat')}`)).body).toMatchObject({ method: 'GET', body: { kind: 'none' } });
    expect((await world.ask(`DELETE ${path('A cat')}`)).status).toBe(200);
    expect((await world.ask(`GET ${path('A cat')}`)).status).toBe(404);
    const events = await world.db.pool.query(`SELECT type FROM event WHERE type LIKE 'example.%' ORDER BY position`);
    expect(events.rows.map(({ type }) => type)).toEqual(['example.kept', 'example.kept', 'example.forgotten']);
  });

  const form = (fields: unknown, type = 'multipart/form-data') => ({ ...body, body: { kind: 'form', type, fields } });
  const cat = { kind: 'file', name: 'image', file: { name: 'cat.jpg', type: 'image/jpeg', base64: 'aGk=' } };
  const prompt = { kind: 'text', name: 'prompt', text: "a 'cat'\r\n\u2028" };

  it('may be forms of texts and files, in their order, and of one name', async () => {
    const given = form([prompt, cat, { ...cat, file: null }, prompt]);
    const put = await world.ask(`PUT ${path('A form')}`, { body: given });
    expect([put.status, put.body.body]).toEqual([200, given.body]);
    const { data } = (await world.ask(`GET ${path()}`, { token: tenant.tokens.read })).body;
    expect(data).toMatchObject([{ name: 'A form', sends: 'prompt, cat.jpg, image, prompt' }]);
    const coded = form([prompt], 'application/x-www-form-urlencoded');
    expect((await world.ask(`PUT ${path('A form')}`, { body: coded })).body.body).toEqual(coded.body);
    await world.ask(`DELETE ${path('A form')}`);
  });

  it('are a handful of small ones', async () => {
    for (let at = 0; at < 20; at += 1) expect((await world.ask(`PUT ${path(`n${at}`)}`, { body })).status).toBe(200);
    expect((await world.ask(`PUT ${path('one more')}`, { body })).body.code).toBe('limit_reached');
    expect((await world.ask(`PUT ${path('n3')}`, { body })).status).toBe(200);
    const large = { ...body, body: { ...body.body, base64: 'A'.repeat(800_000) } };
    expect((await world.ask(`PUT ${path('n3')}`, { body: large })).body.errors[0].path).toBe('body.base64');
  });

  it.each([
    ['x'.repeat(61), body, 'name'],
    ['a\nb', body, 'name'],
    ['n1', { ...body, path: 'http://evil.example' }, 'path'],
    ['n1', { ...body, method: 'TRACE' }, 'method'],
    ['n1', { ...body, headers: { authorization: 'x' } }, 'headers'],
    ['n1', { ...body, body: { kind: 'file', field: null, name: 'x', type: 'a/b\r\nx: y', base64: null } }, 'body.type'],
    [
      'n1',
      { ...body, body: { kind: 'file', field: null, name: 'x', type: 'a/b', base64: 'not base64!' } },
      'body.base64',
    ],
    ['n1', form([]), 'body.fields'],
    ['n1', form(Array.from({ length: 51 }, () => prompt)), 'body.fields'],
    ['n1', form([{ ...prompt, text: 'a\0b' }]), 'body.fields.0.text'],
    ['n1', form([{ ...prompt, text: '\ud800' }]), 'body.fields.0.text'],
    ['n1', form([{ ...prompt, name: 'a\r\nb' }]), 'body.fields.0.name'],
    ['n1', form([{ ...prompt, name: '\ud800' }]), 'body.fields.0.name'],
    ['n1', form([{ ...cat, file: { ...cat.file, name: '\udc00' } }]), 'body.fields.0.file.name'],
    ['n1', form([{ ...cat, text: 'both' }]), 'body.fields.0.text'],
    ['n1', form([cat], 'application/x-www-form-urlencoded'), 'body.type'],
    ['n1', form([cat], 'text/plain'), 'body.type'],
    ['n1', form(Array.from({ length: 9 }, () => ({ ...prompt, text: 'x'.repeat(99_000) }))), 'body.fields'],
    ['n1', { ...body, body: { kind: 'text', type: 'text/plain', text: 'a\0b' } }, 'body.text'],
  ])('%j with what cannot be taken is refused by its field', async (name, given, field) => {
    const answer = await world.ask(`PUT ${path(name)}`, { body: given });
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, field]);
  });
});
