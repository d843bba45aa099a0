import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { type CallHead, callHeaderNames } from '@sconce/contract';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, start } from './start.ts';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { type PretendGateway, startPretendGateway } from './testing/pretend-gateway.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let gateway: PretendGateway;
let world: ApiWorld;
/** The same, with less patience: for what ends when the time is up, and long enough for a beginning on any machine. */
let hurried: RunningApi;
let ours: Tenant;
let theirs: Tenant;
beforeAll(async () => {
  gateway = await startPretendGateway();
  const callLimits = { bytes: 12 * 1024 * 1024, firstByteMs: 1_800_000, totalMs: 3_600_000 };
  world = await startApiWorld({ gatewayUrl: gateway.url, callLimits });
  hurried = await start({
    ...world.config,
    port: 0,
    callLimits: { ...callLimits, firstByteMs: 3_000, totalMs: 6_000 },
  });
  ours = await makeTenant(world, 'ours');
  theirs = await makeTenant(world, 'theirs');
});
afterAll(async () => {
  await hurried?.stop();
  await world?.stop();
  await gateway?.stop();
});

interface Options {
  readonly method?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
  readonly service?: string;
  readonly token?: string | null;
  /** Of the API; the patient one's otherwise. */
  readonly at?: string;
}

function call(
  path: string,
  { method = 'POST', body, headers = {}, service, token = world.token, at = world.url }: Options = {},
) {
  const query = new URLSearchParams({ method, path });
  return fetch(`${at}/v1/services/${service ?? ours.ids.service}/calls?${query}`, {
    method: 'POST',
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

const headOf = (answer: Response) =>
  JSON.parse(decodeURIComponent(answer.headers.get(callHeaderNames.head) ?? 'null')) as CallHead;

async function refusal(answer: Promise<Response>) {
  const { status, headers } = await answer;
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(headers.get(callHeaderNames.head)).toBeNull();
  const body = (await (await answer).json()) as { code: string; errors?: { path: string }[]; detail: string };
  return { status, code: body.code, field: body.errors?.[0]?.path, detail: body.detail };
}

const lastSeen = () => gateway.seen.at(-1);

describe('a call', () => {
  it('hands on method, path, type and every byte of the body, and says apart what the service said', async () => {
    const body = new Uint8Array(300_000).map((_, at) => at % 251);
    const answer = await call('/predict?top=3&x=%2F', {
      method: 'PUT',
      body,
      headers: { 'content-type': 'image/jpeg' },
    });
    expect(answer.status).toBe(200);
    expect(headOf(answer)).toMatchObject({
      status: 201,
      type: 'application/json',
      from: 'service',
      release: 'r7',
      replica: 'abcdef012345',
      requestId: 'req-12345',
      firstByteMs: expect.any(Number),
    });
    expect(await answer.json()).toMatchObject({
      method: 'PUT',
      url: '/ours/production/resnet50/predict?top=3&x=%2F',
      bytes: 300_000,
      sha256: createHash('sha256').update(body).digest('hex'),
      headers: { 'content-type': 'image/jpeg', 'content-length': '300000' },
    });
  });

  it('brings nothing of its caller along: no session, no token, no origin, no address', async () => {
    const answer = await call('/echo', {
      body: 'x',
      headers: {
        'x-forwarded-for': '1.2.3.4',
        'x-secret': 'mine',
        [callHeaderNames.send]: JSON.stringify({ 'X-Api-Key': 'theirs', Authorization: 'Bearer for-the-model' }),
      },
    });
    const { headers } = (await answer.json()) as { headers: Record<string, string> };
    expect(Object.keys(headers).sort()).toEqual(
      [
        'accept',
        'accept-encoding',
        'authorization',
        'connection',
        'content-length',
        'content-type',
        'host',
        'user-agent',
        'x-api-key',
        'x-request-id',
      ].sort(),
    );
    expect(headers).toMatchObject({ authorization: 'Bearer for-the-model', 'x-api-key': 'theirs' });
    expect(JSON.stringify(headers)).not.toContain(world.token);
  });

  it('with a session takes no request of another page, and hands no cookie on', async () => {
    const session = await fetch(`${world.url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: world.token }),
    });
    const cookie = (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const asked = gateway.seen.length;
    for (const origin of ['https://evil.example', 'null'])
      expect(await refusal(call('/echo', { token: null, headers: { cookie, origin } }))).toMatchObject({
        status: 403,
        code: 'origin_forbidden',
      });
    expect(gateway.seen).toHaveLength(asked);
    const answer = await call('/echo', { token: null, headers: { cookie, origin: world.url } });
    expect(answer.status).toBe(200);
    expect(lastSeen()?.headers.cookie).toBeUndefined();
  });

  it('says what it would do, and does nothing, when dry', async () => {
    const asked = gateway.seen.length;
    const answer = await world.ask(`POST /v1/services/${ours.ids.service}/calls?method=GET&path=/x&dryRun=true`);
    expect(answer.body).toEqual({ method: 'GET', url: `${gateway.url}/ours/production/resnet50/x` });
    expect(gateway.seen).toHaveLength(asked);
  });

  it('leaves a row of who changed something, and none of who looked', async () => {
    const rows = async () =>
      (
        await world.db.pool.query(
          `SELECT count(*)::int AS n FROM audit_event WHERE action = 'createCall' AND status = 200`,
        )
      ).rows[0].n;
    const before = await rows();
    await (await call('/echo', { method: 'GET' })).text();
    expect(await rows()).toBe(before);
    await (await call('/echo', { body: 'x' })).text();
    expect(await rows()).toBe(before + 1);
  });
});

describe('a hostile service', () => {
  it('never becomes a page of ours: its markup is octets to be saved, its cookies and policies stay behind', async () => {
    const answer = await call('/page');
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="answer"',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    for (const name of ['set-cookie', 'location', 'access-control-allow-origin', 'clear-site-data', 'x-sconce-release'])
      expect(answer.headers.get(name)).toBeNull();
    expect(headOf(answer)).toMatchObject({ status: 200, type: 'text/html' });
    expect(JSON.stringify(headOf(answer).headers)).not.toContain('stolen');
    expect(await answer.text()).toContain('<script>');
  });

  it('sends nobody elsewhere: a redirect is an answer', async () => {
    const asked = gateway.seen.length;
    const answer = await call('/moved', { method: 'GET' });
    expect([answer.status, answer.redirected, headOf(answer).status]).toEqual([200, false, 302]);
    expect(gateway.seen).toHaveLength(asked + 1);
  });

  it('may send as many headers as it likes; a few are told', async () => {
    const answer = await call('/big');
    expect(JSON.stringify(headOf(answer)).length).toBeLessThan(8_000);
    expect(headOf(answer)).toMatchObject({ status: 200, release: 'r7' });
  });

  it('that never ends is cut where the limit is, and the gateway is left', async () => {
    const answer = await call('/endless');
    let bytes = 0;
    await expect(
      (async () => {
        for await (const chunk of answer.body ?? []) bytes += chunk.length;
      })(),
    ).rejects.toThrow();
    expect(bytes).toBeLessThanOrEqual(12 * 1024 * 1024);
    await waitUntil('the gateway to be left', async () => gateway.open() === 0);
  });

  it('that says one word and stops is cut when the time is up; what it said came at once', async () => {
    const answer = await call('/stream', { at: hurried.url });
    const reader = answer.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: one\n\n');
    await expect(reader?.read()).rejects.toThrow();
    await waitUntil('the gateway to be left', async () => gateway.open() === 0);
  });

  it.each([
    ['/never', 504, 'call_timed_out'],
    ['/broken', 502, 'gateway_unreachable'],
    ['/garbage', 502, 'gateway_unreachable'],
  ])('%s is told as what it is', async (path, status, code) => {
    expect(await refusal(call(path, path === '/never' ? { at: hurried.url } : {}))).toMatchObject({ status, code });
    await waitUntil('the gateway to be left', async () => gateway.open() === 0);
  });

  it('without a replica: the gateway’s own answer says so, as the gateway’s', async () => {
    const answer = await call('/none');
    expect(headOf(answer)).toMatchObject({ status: 503, from: 'gateway', release: null });
    expect(await answer.json()).toMatchObject({ code: 'service_unavailable' });
  });

  it('that answers before it has read the body is heard', async () => {
    const answer = await call('/early', { body: new Uint8Array(4 * 1024 * 1024) });
    expect(headOf(answer)).toMatchObject({ status: 413, from: 'service' });
    expect(await answer.text()).toBe('too large for me');
  });
});

describe('whom it reaches', () => {
  it('is the service in the path and nothing else, whoever asks', async () => {
    const asked = gateway.seen.length;
    const foreign = await refusal(call('/echo', { token: theirs.tokens.admin }));
    const missing = await refusal(
      call('/echo', { token: theirs.tokens.admin, service: 'svc_01kawhatever0000000000000000' }),
    );
    expect(foreign).toMatchObject({ status: 404, code: 'not_found' });
    expect(foreign).toEqual(missing);
    expect(await refusal(call('/echo', { token: ours.tokens.read }))).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await refusal(call('/echo', { token: null }))).toMatchObject({ status: 401 });
    expect(gateway.seen).toHaveLength(asked);
  });

  it.each([
    '//evil.example/x',
    '/http://evil.example/',
    '/@evil.example',
    '/:80/',
    '/x/%2e/y',
    '/a?u=http://169.254.169.254/',
    '/%0d%0aHost:%20evil',
  ])('%s is a path of it, however it looks', async (path) => {
    const answer = await call(path);
    expect(answer.status).toBe(200);
    expect(lastSeen()?.url).toBe(`/ours/production/resnet50${path}`);
    expect(lastSeen()?.headers.host).toBe(new URL(gateway.url).host);
  });

  it.each([
    'http://evil.example/',
    'evil',
    '',
    '*',
    '/a b',
    '/a\r\nHost: evil.example',
    '/a\tb',
    '/a#b',
    '/a\\b',
    '/ünicode',
    '/../theirs/production/resnet50/x',
    '/%2e%2e/%2e%2e/theirs',
    '/..%2f..%2ftheirs',
    '/x/../../y',
    '/.sconce/healthz',
    `/${'x'.repeat(5_000)}`,
  ])('%j is refused as a path', async (path) => {
    const asked = gateway.seen.length;
    expect(await refusal(call(path))).toMatchObject({ status: 400, code: 'invalid', field: 'path' });
    expect(gateway.seen).toHaveLength(asked);
  });

  it.each(['CONNECT', 'TRACE', 'get', 'POST / HTTP/1.1\r\nX: y', ''])('%j is refused as a method', async (method) => {
    expect(await refusal(call('/x', { method }))).toMatchObject({ status: 400, code: 'invalid', field: 'method' });
  });

  it.each([
    ['{"x-a":"b\\r\\nx-evil: 1"}', 'x-a'],
    ['{"x-a":"b\\nc"}', 'x-a'],
    ['{"x-a":"\\u0000"}', 'x-a'],
    ['{"x a":"b"}', 'x a'],
    ['{"x:":"b"}', 'x:'],
    ['{"":"b"}', ''],
    ['{"Host":"evil.example"}', 'host'],
    ['{"transfer-encoding":"chunked"}', 'transfer-encoding'],
    ['{"Content-Length":"1"}', 'content-length'],
    ['{"connection":"upgrade"}', 'connection'],
    ['{"cookie":"a=b"}', 'cookie'],
    ['{"X-Forwarded-For":"127.0.0.1"}', 'x-forwarded-for'],
    ['{"x-sconce-release":"r1"}', 'x-sconce-release'],
    ['{"x-a":"1","X-A":"2"}', 'x-a'],
    ['{"x-a":1}', 'x-a'],
    ['[]', ''],
    ['not json', ''],
    [JSON.stringify(Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`x-${at}`, '1']))), ''],
  ])('%s is refused as headers', async (headers, field) => {
    const asked = gateway.seen.length;
    const refused = await refusal(call('/x', { headers: { [callHeaderNames.send]: headers } }));
    expect(refused).toMatchObject({ status: 400, code: 'invalid' });
    expect(refused.field).toContain(callHeaderNames.send);
    expect(refused.field).toContain(field.slice(0, 20));
    expect(gateway.seen).toHaveLength(asked);
  });

  it('takes unknown parameters and keys for what they are', async () => {
    const at = `POST /v1/services/${ours.ids.service}/calls`;
    expect((await world.ask(`${at}?method=GET&path=/x&url=http://evil`)).body.errors[0]).toMatchObject({ path: 'url' });
    expect((await world.ask(`${at}?method=GET&path=/x&path=/y`)).body.errors[0]).toMatchObject({ path: 'path' });
    expect((await world.ask(at)).body.errors.map((error: { path: string }) => error.path)).toEqual(['method', 'path']);
    const keyed = await world.ask(`${at}?method=GET&path=/x`, { headers: { 'idempotency-key': 'abcdefgh' } });
    expect(keyed.body.errors[0]).toMatchObject({ path: 'Idempotency-Key' });
  });
});

describe('bodies', () => {
  it('of 10 MB go through; larger than the limit they are refused, said or sent', async () => {
    const body = new Uint8Array(10_000_000);
    expect(await (await call('/echo', { body })).json()).toMatchObject({ bytes: 10_000_000 });
    const declared = await new Promise<number>((resolve, reject) => {
      const url = new URL(`${world.url}/v1/services/${ours.ids.service}/calls?method=POST&path=/echo`);
      const request = httpRequest(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.token}`, 'content-length': 13 * 1024 * 1024 },
      });
      request.on('response', (response) => resolve(response.statusCode ?? 0)).on('error', reject);
      request.write('x');
    });
    expect(declared).toBe(413);
    const sent = await new Promise<number>((resolve, reject) => {
      const url = new URL(`${world.url}/v1/services/${ours.ids.service}/calls?method=POST&path=/echo`);
      const request = httpRequest(url, { method: 'POST', headers: { authorization: `Bearer ${world.token}` } });
      request.on('response', (response) => resolve(response.statusCode ?? 0)).on('error', reject);
      request.end(Buffer.alloc(13 * 1024 * 1024));
    });
    expect(sent).toBe(413);
    await waitUntil('the gateway to be left', async () => gateway.open() === 0);
  });

  it('that trickle are refused when the time is up', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const url = new URL(`${hurried.url}/v1/services/${ours.ids.service}/calls?method=POST&path=/echo`);
      const request = httpRequest(url, { method: 'POST', headers: { authorization: `Bearer ${world.token}` } });
      const trickle = setInterval(() => request.write('x'), 50);
      request.on('response', (response) => {
        clearInterval(trickle);
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      request.on('error', reject);
    });
    expect(status).toBe(408);
    await waitUntil('the gateway to be left', async () => gateway.open() === 0);
  });

  it('of a caller who leaves are left too', async () => {
    const leaving = new AbortController();
    const asked = fetch(`${world.url}/v1/services/${ours.ids.service}/calls?method=GET&path=/stream`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.token}` },
      signal: leaving.signal,
    });
    await asked;
    expect(gateway.open()).toBe(1);
    leaving.abort();
    await waitUntil('the gateway to be left', async () => gateway.open() === 0);
  });

  it('with two lengths reach nobody', async () => {
    const { port } = new URL(world.url);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.write(
        `POST /v1/services/${ours.ids.service}/calls?method=POST&path=/smuggled HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.token}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      );
    });
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect(gateway.seen.some(({ url }) => url?.includes('smuggled'))).toBe(false);
  });
});

describe('how many', () => {
  it('one caller may have under way is limited, and another one is served meanwhile', async () => {
    const leaving = new AbortController();
    const token = ours.tokens.deploy;
    const begin = () =>
      fetch(`${world.url}/v1/services/${ours.ids.service}/calls?method=GET&path=/stream`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        signal: leaving.signal,
      });
    const held = await Promise.all(Array.from({ length: 8 }, begin));
    expect(held.every(({ status }) => status === 200)).toBe(true);
    expect(await refusal(call('/echo', { token }))).toMatchObject({ status: 429, code: 'rate_limited' });
    expect((await call('/echo', { token: ours.tokens.write })).status).toBe(200);
    leaving.abort();
    await waitUntil('a slot', async () => (await call('/echo', { token })).status === 200);
  });

  it('ends with the right to it', async () => {
    const made = await world.ask('POST /v1/tokens', {
      body: { kind: 'service', name: 'short', scopes: ['deploy'], project: 'ours' },
    });
    const longer = await call('/endless', { token: made.body.token });
    const reader = longer.body?.getReader();
    await reader?.read();
    await world.ask(`DELETE /v1/tokens/${made.body.id}`);
    await waitUntil('the gateway to be left', async () => gateway.open() === 0);
    await reader?.cancel().catch(() => {});
  });
});

describe('when the gateway is away', () => {
  it('says so, with what to do', async () => {
    const alone = await startApiWorld({ gatewayUrl: 'http://127.0.0.1:9' });
    try {
      const { ids } = await makeTenant(alone, 'lonely');
      const answer = await alone.ask(`POST /v1/services/${ids.service}/calls?method=GET&path=/`);
      expect([answer.status, answer.body.code]).toEqual([502, 'gateway_unreachable']);
      expect(answer.body.hint).toContain('gateway');
      expect(JSON.stringify(answer.body)).not.toContain('ECONNREFUSED');
    } finally {
      await alone.stop();
    }
  });
});
