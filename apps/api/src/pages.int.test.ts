import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';

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

  it('shows what runs to those who are known, and how to sign in to others', async () => {
    await world.ask('POST /v1/projects', { body: { slug: 'vision' } });
    await world.ask('POST /v1/projects/vision/environments', { body: { slug: 'production' } });
    await world.ask('POST /v1/environments/vision%2Fproduction/services', {
      body: { slug: 'resnet50', name: '<b>bold</b>' },
    });
    const authorization = `Bearer ${world.token}`;
    expect((await page('GET /')).body).toContain('npm run up');
    expect((await page('GET /', { authorization })).body).toContain('vision/production/resnet50');
    expect((await page('GET /assets/sconce.css')).headers.get('content-type')).toContain('text/css');
    expect((await page('GET /problems/not_found')).body).toContain('Not found');
    expect((await page('GET /problems/__proto__')).status).toBe(404);
  });
});

describe('a browser session', () => {
  const open = async () => {
    const answer = await world.ask('POST /v1/sessions', { token: null, body: { token: world.token } });
    expect(answer.status).toBe(201);
    return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  };

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
    const statuses: number[] = [];
    for (let index = 0; index < 25; index += 1) statuses.push((await small.ask('GET /v1/me')).status);
    expect([statuses.filter((status) => status === 200).length >= 20, statuses.at(-1)]).toEqual([true, 429]);
    const limited = await small.ask('GET /v1/me');
    expect(limited.body.code).toBe('rate_limited');
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(limited.headers.get('ratelimit-policy')).toBe('"caller";q=20;w=60');
    for (let index = 0; index < 10; index += 1) await small.ask('GET /v1/me', { token: 'sconce_personal_guess' });
    expect((await small.ask('GET /v1/me', { token: 'sconce_personal_guess' })).status).toBe(429);
    await small.stop();
  });
});
