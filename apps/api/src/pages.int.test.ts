import { createClient } from '@sconce/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, type Ask, startApiWorld } from './testing/api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.stop());

const page = (line: string, headers: Record<string, string> = {}) => world.ask(line, { token: null, headers });

describe('the first visit', () => {
  it('is let in once by its link, from its own page, and looking does not use it up', async () => {
    const setup = `/setup/${world.setupCode}`;
    const { origin } = new URL(world.url);
    const looked = await page(`GET ${setup}`);
    expect([looked.status, (await page(`GET ${setup}`)).status]).toEqual([200, 200]);
    expect(looked.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(looked.body).not.toMatch(/<script|\son\w+=/i);
    expect((await page(`POST ${setup}`, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await page(`POST ${setup}`)).status).toBe(403);
    const tries = await Promise.all(Array.from({ length: 10 }, () => page(`POST ${setup}`, { origin })));
    const [opened, ...others] = tries.toSorted((a, b) => a.status - b.status);
    expect([opened?.status, opened?.headers.get('location')]).toEqual([303, '/']);
    expect(others.map(({ status }) => status)).toEqual(Array(9).fill(410));
    expect(opened?.headers.get('set-cookie')).toMatch(
      /^sconce=sconce_session_\w{49}; Path=\/; HttpOnly; SameSite=Lax; Expires=/,
    );
    expect((await page(`GET ${setup}`)).status).toBe(410);
    expect((await page('GET /setup/x')).status).toBe(410);
    const cookie = opened?.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await page('GET /v1/me', { cookie })).body.user.isAdmin).toBe(true);
  });

  it('has pages that need no script, for the link and for what problems mean', async () => {
    await world.ask('POST /v1/projects', { body: { slug: 'vision' } });
    expect((await page('GET /assets/sconce.css')).headers.get('content-type')).toContain('text/css');
    expect((await page('GET /problems/not_found')).body).toContain('Not found');
    expect((await page('GET /problems/__proto__')).status).toBe(404);
  });
});

describe('the dashboard', () => {
  const person = { accept: 'text/html,*/*' };

  it('is one page for all its addresses, never kept, which runs nothing but its own files', async () => {
    for (const path of [
      '/',
      '/p/vision',
      '/p/vision/production/resnet50/builds/bld_1',
      '/pools',
      '/tokens',
      '/audit',
    ]) {
      const answer = await page(`GET ${path}`, person);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(answer.body).toContain('<title>Sconce');
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/default-src 'none'.*script-src 'self'.*require-trusted-types-for 'script'/);
      expect(policy).not.toMatch(/unsafe|data:|https?:|\*/);
    }
    for (const path of ['/', '/account', '/account/tokens', '/p/vision', '/nowhere', '/assets/index-AbCd1234.js']) {
      const { headers, status } = await page(`GET ${path}`, person);
      expect([path, status]).toEqual([path, path === '/nowhere' ? 404 : 200]);
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
      expect(headers.get('strict-transport-security')).toBeNull();
      if (path.startsWith('/assets')) continue;
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('permissions-policy')).toMatch(/publickey-credentials-get=\(self\).*camera=\(\)/);
    }
    expect((await page('GET /typo', person)).status).toBe(404);
    expect((await page('GET /typo', person)).body).toContain('<title>Sconce');
  });

  it('lets a browser with a session ask at once for what every page shows, from where its stream begins', async () => {
    const token = await world.ask('POST /v1/sessions', { token: null, body: { token: world.token } });
    const cookie = token.headers.get('set-cookie')?.split(';')[0] ?? '';
    for (const other of ['', 'other=1'])
      expect((await page('GET /', { ...person, cookie: other })).body).not.toMatch(/sconce-stream|preload/);
    const { body, headers } = await page('GET /p/vision', { ...person, cookie });
    expect(headers.get('content-length')).toBe(String(Buffer.byteLength(body)));
    expect(body).toContain('<link rel="preload" as="fetch" href="/v1/me" crossorigin>');
    const [, stream = ''] = /<meta name="sconce-stream" content="([\d.]+)">/.exec(body) ?? [];
    await world.ask('PATCH /v1/projects/vision', { body: { name: 'Afterwards' } });
    const came = createClient({ baseUrl: world.url, token: world.token }).follow.listEvents({
      query: { after: stream },
    });
    for await (const event of came) if (event.type === 'project.updated') break;
  });

  it('says where a password is changed to what keeps passwords', async () => {
    const { status, headers } = await page('GET /.well-known/change-password');
    expect([status, headers.get('location')]).toEqual([303, '/account']);
  });

  it('tells browsers to stay with https where it is opened over https', async () => {
    const secure = await startApiWorld({ dashboardUrl: 'https://sconce.example' });
    for (const path of ['/', '/assets/index-AbCd1234.js'])
      expect((await secure.ask(`GET ${path}`)).headers.get('strict-transport-security')).toBe('max-age=31536000');
    await secure.stop();
  });

  it('leaves answers for programs as they are', async () => {
    for (const path of ['/v1/typo', '/git/typo', '/assets/typo.js', '/typo']) {
      const answer = await page(`GET ${path}`, path === '/typo' ? { accept: 'application/json' } : person);
      expect([path, answer.status >= 400]).toEqual([path, true]);
      expect(JSON.stringify(answer.body)).not.toContain('<title>Sconce');
    }
    expect((await world.ask('POST /p/vision', { body: {} })).status).toBe(404);
  });

  it('has files that are kept for ever, compressed for those who take that, and no others', async () => {
    const name = '/assets/index-AbCd1234.js';
    const plain = await page(`GET ${name}`, { 'accept-encoding': 'identity' });
    expect([plain.body, plain.headers.get('cache-control'), plain.headers.get('vary')]).toEqual([
      'void 0;',
      'public, max-age=31536000, immutable',
      'accept-encoding',
    ]);
    const refused = await page(`HEAD ${name}`, { 'accept-encoding': 'br;q=0, gzip' });
    expect(refused.headers.get('content-encoding')).toBeNull();
    const taken = await page(`HEAD ${name}`, { 'accept-encoding': 'gzip, deflate, br' });
    expect([taken.headers.get('content-encoding'), taken.headers.get('content-length')]).toEqual(['br', '10']);
    for (const outside of [
      '..%2fsecret.txt',
      '..%2findex.html',
      '%2e%2e/secret.txt',
      'index-AbCd1234.js.br',
      '__proto__',
    ])
      expect([outside, (await page(`GET /assets/${outside}`, person)).status]).toEqual([outside, 404]);
  });
});

describe('a browser session', () => {
  const open = async () => {
    const answer = await world.ask('POST /v1/sessions', { token: null, body: { token: world.token } });
    expect(answer.status).toBe(201);
    return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  };

  it('is made without an Idempotency-Key: one is refused, and nothing is kept', async () => {
    const ask = { token: null, body: { token: world.token } };
    const answer = await world.ask('POST /v1/sessions', { ...ask, headers: { 'idempotency-key': 'again' } });
    expect([answer.status, answer.body]).toMatchObject([
      400,
      { code: 'invalid', errors: [{ path: 'Idempotency-Key', code: 'not_taken' }], hint: /without the header/ },
    ]);
    expect(answer.headers.get('set-cookie')).toBeNull();
    const kept = await world.db.pool.query("SELECT 1 FROM idempotency_key WHERE key = 'again'");
    expect(kept.rows).toEqual([]);
    const client = createClient({ baseUrl: world.url });
    expect((await client.createSession({ body: { token: world.token } })).user?.email).toBe('admin@localhost');
  });

  it('writes only from pages of its own origin', async () => {
    const cookie = await open();
    const { origin } = new URL(world.url);
    const write = (headers: Record<string, string>) =>
      world.ask('PATCH /v1/projects/vision', {
        token: null,
        body: { name: 'Vision' },
        headers: { cookie, ...headers },
      });
    expect((await write({ origin })).status).toBe(200);
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${origin}.evil.example` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const answer = await write(headers as Record<string, string>);
      expect([headers, answer.status, answer.body.code]).toEqual([headers, 403, 'origin_forbidden']);
    }
  });

  it('ends everywhere at once, and is no bearer of its own', async () => {
    const cookie = await open();
    const { origin } = new URL(world.url);
    expect((await page('GET /v1/me', { cookie: `${cookie}; ${cookie}` })).status).toBe(401);
    expect((await page('GET /v1/me', { cookie: `sconce=${world.token}` })).status).toBe(401);
    const left = await world.ask('DELETE /v1/sessions/current', { token: null, headers: { cookie, origin } });
    expect([left.status, left.headers.get('set-cookie')]).toEqual([200, expect.stringContaining('Max-Age=0')]);
    expect((await page('GET /v1/me', { cookie })).status).toBe(401);
    expect(
      (await world.ask('POST /v1/sessions', { token: null, body: { token: 'sconce_personal_x' } })).body.code,
    ).toBe('invalid');
  });
});

describe('health', () => {
  it('is told without a token; readiness follows the database; metrics end as OpenMetrics do', async () => {
    expect((await page('GET /healthz')).status).toBe(200);
    expect((await page('GET /readyz')).status).toBe(200);
    const metrics = await page('GET /metrics');
    expect(metrics.headers.get('content-type')).toContain('application/openmetrics-text');
    expect(metrics.body).toMatch(/sconce_api_requests_total\{action="getMe",status="200"\} \d+\n[\s\S]*# EOF\n$/);
    expect((await page('GET /metrics', { 'x-forwarded-for': '10.1.2.3' })).status).toBe(401);
    expect((await page('GET /v1/openapi.json')).body.openapi).toBe('3.1.0');
    await world.postgres.crash();
    expect((await page('GET /healthz')).status).toBe(200);
  });
});

describe('rate limits', () => {
  it('stop tokens that ask too much, and addresses that guess', async () => {
    const small = await startApiWorld({ rateLimits: { caller: 20, stranger: 10 } });
    // Some more are let through while time goes by, so it is asked until one is not.
    const until429 = async (options: Ask = {}) => {
      for (let asked = 0; asked < 1_000; asked += 1) {
        const answer = await small.ask('GET /v1/me', options);
        if (answer.status === 429) return { asked, answer };
      }
      throw new Error('a thousand were answered');
    };
    const { asked, answer: limited } = await until429();
    expect(asked).toBeGreaterThanOrEqual(20);
    expect(limited.body.code).toBe('rate_limited');
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(limited.headers.get('ratelimit-policy')).toBe('"caller";q=20;w=60');
    expect((await until429({ token: 'sconce_personal_guess' })).asked).toBeGreaterThanOrEqual(10);
    await small.stop();
  });
});
