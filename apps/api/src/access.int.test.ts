import { type Endpoint, endpoints, pathParameters, scopes } from '@sconce/contract';
import { makeTokenText } from '@sconce/engine';
import { newId } from '@sconce/foundation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let world: ApiWorld;
let ours: Tenant;
let theirs: Tenant;
beforeAll(async () => {
  world = await startApiWorld();
  ours = await makeTenant(world, 'ours');
  theirs = await makeTenant(world, 'theirs');
});
afterAll(() => world.stop());

const table = Object.entries(endpoints) as [string, Endpoint][];
const guarded = table.filter(([, endpoint]) => endpoint.permission !== 'public');
const nouns = [
  'project',
  'environment',
  'repository',
  'branchRule',
  'service',
  'secretGroup',
  'delivery',
  'build',
  'release',
  'rollout',
];
/** Endpoints that point at something of one tenant. */
const placed = guarded.filter(
  ([, endpoint]) =>
    endpoint.permission !== 'known' && pathParameters(endpoint.path).some((name) => nouns.includes(name)),
);

const extras: Readonly<Record<string, string>> = { name: 'A', email: 'a@b.example', token: 'tok_x', user: 'usr_x' };

function lineOf(endpoint: Endpoint, tenant: Tenant): string {
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(tenant.ids[name] ?? extras[name] ?? 'x'),
  );
  return `${endpoint.method} ${path}`;
}

const bodyOf = (endpoint: Endpoint) => (endpoint.body ? { body: {} } : {});

function expectProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.body.code, answer.body.detail]).toEqual([status, code, expect.any(String)]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    status,
    type: `/problems/${code}`,
    requestId: answer.headers.get('x-request-id'),
  });
}

describe('every endpoint', () => {
  it.each(guarded)('%s is denied without a token', async (_, endpoint) => {
    const answer = await world.ask(lineOf(endpoint, ours), { token: null, ...bodyOf(endpoint) });
    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it.each(placed)('%s looks missing to another tenant, by id and as if it never was', async (_, endpoint) => {
    const foreign = await world.ask(lineOf(endpoint, ours), { token: theirs.tokens.admin, ...bodyOf(endpoint) });
    expectProblem(foreign, 404, 'not_found');
    const never = {
      ...ours,
      ids: Object.fromEntries(
        Object.keys(ours.ids).map((name) => [name, newId('prj').replace('prj', String(ours.ids[name]).slice(0, 3))]),
      ),
    };
    const missing = await world.ask(lineOf(endpoint, never), { token: theirs.tokens.admin, ...bodyOf(endpoint) });
    const look = ({ body: { requestId: _id, ...rest }, status }: Answer) => ({ status, rest });
    expect(look(foreign)).toEqual(look(missing));
  });

  it.each(placed)('%s is refused below its permission', async (_, endpoint) => {
    const at = scopes.indexOf(endpoint.permission as 'read');
    const below = at <= 0 ? undefined : (['read', 'deploy', 'write', 'exec', 'admin'] as const)[at - 1];
    if (below === undefined || at < 0) return;
    const answer = await world.ask(lineOf(endpoint, ours), { token: ours.tokens[below], ...bodyOf(endpoint) });
    expectProblem(answer, 403, 'forbidden');
  });

  it.each(guarded.filter(([, endpoint]) => endpoint.permission === 'instance'))(
    '%s is for administrators alone',
    async (_, endpoint) => {
      expectProblem(
        await world.ask(lineOf(endpoint, ours), { token: ours.tokens.admin, ...bodyOf(endpoint) }),
        403,
        'forbidden',
      );
    },
  );

  it.each(placed.filter(([, endpoint]) => endpoint.method === 'GET'))(
    '%s answers its own tenant',
    async (name, endpoint) => {
      if (pathParameters(endpoint.path).includes('name')) return;
      const needs = name === 'openSocket' ? '?path=/' : '';
      const answer = await world.ask(`${lineOf(endpoint, ours)}${needs}`, { token: ours.tokens.admin });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('etag')).toMatch(/^"[\w-]+"$/);
      expect(JSON.stringify(answer.body)).not.toContain(theirs.ids.project);
    },
  );
});

describe('lists without a place', () => {
  it.each(['/v1/projects', '/v1/services', '/v1/events'])('%s show one tenant nothing of another', async (path) => {
    const answer = await world.ask(`GET ${path}?limit=200`, { token: theirs.tokens.read });
    expect(answer.status).toBe(200);
    expect(answer.body.data.length).toBeGreaterThan(0);
    for (const id of Object.values(ours.ids)) expect(JSON.stringify(answer.body)).not.toContain(id);
  });

  it('take no id of another tenant as a filter', async () => {
    for (const query of [
      `project=${ours.ids.project}`,
      `environment=${ours.ids.environment}`,
      `repository=${ours.ids.repository}`,
    ]) {
      const answer = await world.ask(`GET /v1/services?${query}`, { token: theirs.tokens.admin });
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid']);
    }
    expect(
      (await world.ask(`GET /v1/audit-events?project=${ours.ids.project}`, { token: theirs.tokens.admin })).status,
    ).toBe(400);
    expect((await world.ask('GET /v1/audit-events', { token: theirs.tokens.admin })).status).toBe(403);
    expect((await world.ask(`GET /v1/tokens?project=${ours.ids.project}`, { token: theirs.tokens.admin })).status).toBe(
      400,
    );
  });
});

describe('ids of another tenant in a body', () => {
  it.each([
    ['POST', 'projects/{project}/branch-rules', { environment: 'env', branches: ['main'] }, 'environment'],
    [
      'POST',
      'projects/{project}/branch-rules',
      { environment: 'production', repository: 'rpo', branches: ['main'] },
      'repository',
    ],
    ['PATCH', 'branch-rules/{branchRule}', { environment: 'env' }, 'environment'],
    ['PATCH', 'services/{service}', { repository: 'rpo' }, 'repository'],
    ['POST', 'environments/{environment}/services', { slug: 'thief', repository: 'rpo' }, 'repository'],
    ['POST', 'services/{service}/releases', { build: 'bld' }, 'build'],
    ['POST', 'services/{service}/rollbacks', { release: 'rel' }, 'release'],
  ])('%s %s: %j', async (method, path, body, field) => {
    const foreign: Record<string, string | undefined> = {
      env: ours.ids.environment,
      rpo: ours.ids.repository,
      bld: ours.ids.build,
      rel: ours.ids.release,
    };
    const filled = Object.fromEntries(
      Object.entries(body).map(([key, value]) => [key, typeof value === 'string' ? (foreign[value] ?? value) : value]),
    );
    const line = `${method} /v1/${path.replace(/\{(\w+)\}/g, (_, name: string) => theirs.ids[name] ?? '')}`;
    const answer = await world.ask(line, { token: theirs.tokens.admin, body: filled });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid']);
    expect(answer.body.errors[0]).toMatchObject({ path: field, code: 'not_found' });
  });

  it('neither by slugs nor in ?compare=', async () => {
    const token = theirs.tokens.admin;
    const bySlugs = await world.ask(`PATCH /v1/services/${theirs.ids.service}`, {
      token,
      body: { repository: 'ours/models' },
    });
    expect([bySlugs.status, bySlugs.body.code]).toEqual([400, 'invalid']);
    const compared = await world.ask(`GET /v1/releases/${theirs.ids.release}?compare=${ours.ids.release}`, { token });
    expect([compared.status, compared.body.errors[0].path]).toEqual([400, 'compare']);
    const own = await world.ask(`GET /v1/releases/${theirs.ids.release}?compare=r1`, { token });
    expect(own.body.compared).toMatchObject({ same: true, groups: [] });
  });
});

describe('tokens', () => {
  it('that are cut, mistyped, unknown, or of another kind are refused', async () => {
    const { token } = world;
    const swapped = `${token.slice(0, 30)}${token[30] === 'a' ? 'b' : 'a'}${token.slice(31)}`;
    const wrong = [
      token.slice(0, -1),
      `${token}x`,
      swapped,
      makeTokenText('personal'),
      token.replace('personal', 'service'),
      'x',
      `sconce_setup_${world.setupCode}`,
    ];
    for (const one of wrong) {
      const answer = await world.ask('GET /v1/me', { token: one });
      expect([one.length, answer.status, answer.body.code]).toEqual([one.length, 401, 'unauthenticated']);
      if (one.length > 16) expect(JSON.stringify(answer.body)).not.toContain(one.slice(16));
    }
    for (const authorization of [
      'Bearer',
      'Basic eDp5',
      `Bearer ${token} x`,
      `Token ${token}`,
      `Bearer ${'x'.repeat(5_000)}`,
    ]) {
      expect((await world.ask('GET /v1/me', { token: null, headers: { authorization } })).status).toBe(401);
    }
  });

  it('stop working at once when revoked, and when they expire', async () => {
    const made = await world.ask('POST /v1/tokens', {
      body: { kind: 'personal', name: 'laptop', scopes: ['read'], expiresInDays: 1 },
    });
    expect(made).toMatchObject({
      status: 201,
      body: { token: expect.stringMatching(/^sconce_personal_[0-9A-Za-z]{49}$/) },
    });
    const { token, id } = made.body as { token: string; id: string };
    expect((await world.ask('GET /v1/me', { token })).body.token).toMatchObject({ id, scopes: ['read'] });
    await world.db.pool.query("UPDATE token SET expires_at = now() - interval '1 second' WHERE id = $1", [id]);
    expect((await world.ask('GET /v1/me', { token })).body.detail).toContain('expired');
    await world.db.pool.query("UPDATE token SET expires_at = now() + interval '1 day' WHERE id = $1", [id]);
    expect((await world.ask('GET /v1/me', { token })).status).toBe(200);
    await world.ask(`DELETE /v1/tokens/${id}`);
    expect((await world.ask('GET /v1/me', { token })).body.detail).toContain('revoked');
  });

  it('are stored nowhere, and shown this once', async () => {
    const made = await world.ask('POST /v1/tokens', {
      headers: { 'idempotency-key': 'shown-once' },
      body: { kind: 'personal', name: 'x', scopes: ['read'] },
    });
    const again = await world.ask('POST /v1/tokens', {
      headers: { 'idempotency-key': 'shown-once' },
      body: { kind: 'personal', name: 'x', scopes: ['read'] },
    });
    expect(again.body).toEqual(made.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await world.ask(`GET /v1/tokens/${made.body.id}`)).body.token).toBeUndefined();
    const secret = (made.body.token as string).slice(16);
    for (const name of ['token', 'idempotency_key', 'event', 'audit_event']) {
      const { rows } = await world.db.pool.query(`SELECT t::text AS line FROM "${name}" t`);
      expect(rows.map((row: { line: string }) => row.line).join('\n')).not.toContain(secret);
    }
  });

  it('make none that can do more than themselves', async () => {
    const limited = await world.ask('POST /v1/tokens', {
      body: { kind: 'personal', name: 'limited', scopes: ['write'], project: 'ours', expiresInDays: 1 },
    });
    const { token } = limited.body as { token: string };
    const more = await world.ask('POST /v1/tokens', {
      token,
      body: { kind: 'personal', name: 'more', scopes: ['admin'] },
    });
    expect([more.status, more.body.code]).toEqual([403, 'forbidden']);
    const elsewhere = await world.ask('POST /v1/tokens', {
      token,
      body: { kind: 'personal', name: 'other', scopes: ['read'], project: 'theirs' },
    });
    expect([elsewhere.status, elsewhere.body.code]).toEqual([400, 'invalid']);
    const longer = await world.ask('POST /v1/tokens', {
      token,
      body: { kind: 'personal', name: 'longer', scopes: ['read'], expiresInDays: null },
    });
    expect(longer.body).toMatchObject({ project: { slug: 'ours' }, expiresAt: limited.body.expiresAt });
    for (const [kind, place] of [
      ['service', { project: 'ours', scopes: ['read'] }],
      ['deploy', { environment: 'ours/production' }],
    ] as const) {
      const answer = await world.ask('POST /v1/tokens', { token, body: { kind, name: 'x', ...place } });
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    }
  });

  it('of an environment reach nothing outside of it', async () => {
    const token = ours.tokens.environment;
    const status = async (line: string) => (await world.ask(line, { token })).status;
    expect(await status(`GET /v1/services/${ours.ids.service}`)).toBe(200);
    expect(await status(`GET /v1/builds/${ours.ids.build}`)).toBe(200);
    for (const path of [
      `projects/${ours.ids.project}`,
      `repositories/${ours.ids.repository}`,
      `deliveries/${ours.ids.delivery}`,
      `services/${theirs.ids.service}`,
    ]) {
      expect([path, await status(`GET /v1/${path}`)]).toEqual([path, 404]);
    }
    expect(await status(`DELETE /v1/services/${ours.ids.service}`)).toBe(403);
  });
});

describe('audit', () => {
  it('has a row for what was done and for what was refused, for the project’s administrators', async () => {
    const requestId = 'audit-test-0001';
    await world.ask(`DELETE /v1/services/${ours.ids.service}`, {
      token: ours.tokens.read,
      headers: { 'x-request-id': requestId },
    });
    const { body } = await world.ask(`GET /v1/audit-events?project=ours&action=deleteService`, {
      token: ours.tokens.admin,
    });
    expect(body.data[0]).toMatchObject({
      action: 'deleteService',
      status: 403,
      code: 'forbidden',
      requestId,
      project: ours.ids.project,
    });
    const made = (await world.ask('GET /v1/audit-events?action=createService&order=oldest')).body.data[0];
    expect(made).toMatchObject({ status: 201, code: null, user: expect.stringMatching(/^usr_/) });
  });
});
