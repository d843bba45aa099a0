import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { callHeaderNames, type SocketOpening, socketNames } from '@sconce/contract';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, start } from './start.ts';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { type PretendGateway, startPretendGateway } from './testing/pretend-gateway.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let gateway: PretendGateway;
let world: ApiWorld;
/** The same, with less patience. */
let hurried: RunningApi;
let ours: Tenant;
let theirs: Tenant;
const bytes = 4 * 1024 * 1024;
const limits = { bytes, firstByteMs: 1_800_000, totalMs: 3_600_000 };
/** For what ends when the time is up: long enough for a beginning on any machine. */
const hurry = { bytes, firstByteMs: 3_000, totalMs: 6_000 };
beforeAll(async () => {
  gateway = await startPretendGateway();
  world = await startApiWorld({ gatewayUrl: gateway.url, callLimits: limits });
  hurried = await start({ ...world.config, port: 0, callLimits: hurry });
  ours = await makeTenant(world, 'ours');
  theirs = await makeTenant(world, 'theirs');
});
afterAll(async () => {
  await hurried?.stop();
  await world?.stop();
  await gateway?.stop();
});

interface Options {
  readonly query?: Record<string, string>;
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
  readonly service?: string;
  readonly token?: string | null;
  /** Of the API; the patient one's otherwise. */
  readonly at?: string;
}

function addressOf(path: string, { query = {}, service = ours.ids.service, at = world.url }: Options = {}): string {
  return `${at}/v1/services/${service}/socket?${new URLSearchParams({ path, ...query })}`;
}

const identity = ({ token = world.token, headers = {} }: Options) => ({
  ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  ...headers,
});

/** What a client of WebSockets sees, in order. */
class Client {
  readonly socket: WebSocket;
  readonly said: unknown[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  constructor(path: string, options: Options = {}) {
    const made = { protocols: options.protocols ?? [], headers: identity(options) };
    // Node's takes headers as well.
    this.socket = new WebSocket(addressOf(path, options).replace('http', 'ws'), made as unknown as string[]);
    this.socket.addEventListener('message', ({ data }) => this.said.push(data));
    this.socket.addEventListener('error', () => {});
    this.closed = once(this.socket, 'close').then(([event]) => event as CloseEvent);
  }

  async words(count: number): Promise<void> {
    await waitUntil(`${count} messages`, async () => this.said.length >= count);
  }

  async opening(): Promise<SocketOpening> {
    await this.words(1);
    return JSON.parse(String(this.said[0])) as SocketOpening;
  }
}

const handshake = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** How an upgrade is answered over HTTP. */
async function ask(path: string, options: Options = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  const request = httpRequest(addressOf(path, options), { headers: { ...handshake, ...identity(options) } });
  request.end();
  const [answer] = await Promise.race([once(request, 'response'), once(request, 'upgrade')]);
  if (answer.statusCode === 101) {
    request.destroy();
    answer.socket.destroy();
    return { status: 101, body: {} };
  }
  let text = '';
  for await (const chunk of answer) text += chunk;
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.headers.connection).toBe('close');
  return { status: answer.statusCode, body: JSON.parse(text) };
}

const left = () => waitUntil('the gateway to be left', async () => gateway.open() === 0);

describe('a socket', () => {
  it('says first who answered, then hands on what both say, text and bytes, of any size', async () => {
    const client = new Client('/talk?top=3');
    expect(await client.opening()).toMatchObject({
      head: {
        status: 101,
        from: 'service',
        release: 'r7',
        replica: 'abcdef012345',
        requestId: 'req-12345',
        protocol: null,
      },
    });
    client.socket.send('hello');
    client.socket.send(new Uint8Array(300_000));
    await client.words(4);
    expect(client.said.slice(2)).toEqual(['1 5', '2 300000']);
    expect(JSON.parse(String(client.said[1]))).toMatchObject({ url: '/ours/production/resnet50/talk?top=3' });
    client.socket.close(4_007, 'enough');
    expect(await client.closed).toMatchObject({ code: 4_007, reason: 'enough' });
    await left();
  });

  it('tells how the service closes it', async () => {
    const client = new Client('/talk');
    await client.words(2);
    client.socket.send('bye');
    expect(await client.closed).toMatchObject({ code: 4_001, reason: 'as you wish' });
    await left();
  });

  it('brings nothing of its caller along, and what is named for the service', async () => {
    const theirsOnly = JSON.stringify({ 'X-Api-Key': 'theirs', Authorization: 'Bearer for-the-model' });
    const inProtocols = `${socketNames.headers}${Buffer.from(theirsOnly).toString('base64url')}`;
    for (const options of [
      { headers: { [callHeaderNames.send]: theirsOnly, cookie: 'a=b', 'x-secret': 'mine' } },
      { protocols: [socketNames.protocol, inProtocols] },
    ]) {
      const client = new Client('/talk', options);
      await client.words(2);
      expect(client.socket.protocol).toBe(options.protocols ? socketNames.protocol : '');
      const { headers } = JSON.parse(String(client.said[1])) as { headers: Record<string, string> };
      expect(Object.keys(headers).sort()).toEqual(
        [
          ...['authorization', 'connection', 'host', 'sec-websocket-key', 'sec-websocket-version', 'upgrade'],
          ...['user-agent', 'x-api-key', 'x-request-id'],
        ].sort(),
      );
      expect(headers.authorization).toBe('Bearer for-the-model');
      expect(JSON.stringify(client.said)).not.toContain('stolen');
      client.socket.close();
      await client.closed;
    }
    await left();
  });

  it('offers subprotocols, and says which was taken', async () => {
    const client = new Client('/talk', { query: { protocols: 'v2.chat,chat' } });
    expect(await client.opening()).toMatchObject({ head: { protocol: 'chat' } });
    await client.words(2);
    expect(JSON.parse(String(client.said[1])).headers['sec-websocket-protocol']).toBe('v2.chat, chat');
    client.socket.close();
    await client.closed;
  });

  it('leaves a row of who opened it', async () => {
    const rows = async () =>
      (await world.db.pool.query(`SELECT status, code FROM audit_event WHERE action = 'openSocket' ORDER BY at`)).rows;
    const before = (await rows()).length;
    const client = new Client('/talk');
    await client.opening();
    client.socket.close();
    await client.closed;
    await ask('/x', { token: ours.tokens.read });
    expect((await rows()).slice(before)).toEqual([
      { status: 101, code: null },
      { status: 403, code: 'forbidden' },
    ]);
  });

  it('is not opened for who asks without an upgrade: they are told where it leads', async () => {
    const asked = gateway.seen.length;
    const answer = await world.ask(`GET /v1/services/${ours.ids.service}/socket?path=/x`);
    expect([answer.status, answer.body]).toEqual([
      200,
      { url: `${gateway.url.replace('http', 'ws')}/ours/production/resnet50/x` },
    ]);
    // An offer of another protocol is one that may be ignored.
    const h2c = await world.ask(`GET /v1/services/${ours.ids.service}/socket?path=/x`, { headers: { 'x-a': '1' } });
    expect(h2c.status).toBe(200);
    expect(gateway.seen).toHaveLength(asked);
  });
});

describe('a hostile service', () => {
  it.each([
    ['/refused', 403, '<b>no</b>'],
    ['/moved', 302, ''],
  ])('%s opens nothing, and what it says instead is told', async (path, status, text) => {
    const client = new Client(path);
    expect(await client.opening()).toMatchObject({ head: { status, text } });
    expect(await client.closed).toMatchObject({ code: 1011, reason: 'Sconce: the service opened no WebSocket' });
    await left();
  });

  it('may refuse at any length; the beginning is told', async () => {
    const client = new Client('/refused-endless');
    const opening = await client.opening();
    expect('head' in opening && opening.head.text).toMatch(/^x{4000}$/);
    await client.closed;
    await left();
  });

  it.each([
    ['/wrong-accept', 'gateway_unreachable'],
    ['/wrong-protocol', 'gateway_unreachable'],
    ['/extension', 'gateway_unreachable'],
    ['/broken', 'gateway_unreachable'],
    ['/never-opens', 'call_timed_out'],
  ])('%s is told as what it is', async (path, code) => {
    const client = new Client(path, path === '/never-opens' ? { at: hurried.url } : {});
    expect(await client.opening()).toMatchObject({ problem: { code } });
    expect(await client.closed).toMatchObject({ code: 1011 });
    await left();
  });

  it('that never ends is cut where the limit is, and the gateway is left', async () => {
    const client = new Client('/flood');
    const { code } = await client.closed;
    // Between two frames it is said why; within one there is no room for it.
    expect([1009, 1006]).toContain(code);
    const bytes = client.said.reduce<number>((sum, text) => sum + String(text).length, 0);
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(bytes).toBeLessThanOrEqual(limits.bytes);
    await left();
  });

  it('is held back by a client that does not read', async () => {
    const target = new URL(addressOf('/flood', { at: hurried.url }));
    const socket = connect(Number(target.port), '127.0.0.1');
    const lines = Object.entries({ ...handshake, authorization: `Bearer ${world.token}` });
    socket.write(
      `GET ${target.pathname}${target.search} HTTP/1.1\r\nHost: x\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    );
    await once(socket, 'readable');
    const before = process.memoryUsage().external;
    await left();
    expect(process.memoryUsage().external - before).toBeLessThan(16 * 1024 * 1024);
    socket.destroy();
  });

  it('that stops within a frame is ended when the time is up', async () => {
    const client = new Client('/half', { at: hurried.url });
    await client.opening();
    expect(await client.closed).toMatchObject({ code: 1006 });
    await left();
  });

  it('that says nothing is ended when the time is up, with the reason', async () => {
    const client = new Client('/silent', { at: hurried.url });
    await client.opening();
    expect(await client.closed).toMatchObject({ code: 1001, reason: expect.stringContaining('Sconce: 0.1 minutes') });
    await left();
  });

  it('that is gone is seen to be', async () => {
    const client = new Client('/gone');
    await client.opening();
    expect((await client.closed).code).toBe(1006);
  });
});

describe('a client', () => {
  it('that sends too much is told so', async () => {
    const client = new Client('/talk');
    await client.words(2);
    for (let at = 0; at < 6; at += 1) client.socket.send(new Uint8Array(1024 * 1024));
    expect(await client.closed).toMatchObject({ code: 1009, reason: expect.stringContaining('4 MiB were sent') });
    await left();
  });

  it.each(['/never-opens', '/silent', '/talk'])('that leaves from %s is left too', async (path) => {
    const target = new URL(addressOf(path));
    const request = httpRequest(target, { headers: { ...handshake, authorization: `Bearer ${world.token}` } });
    const opened = once(request, 'upgrade').then(([, socket]) => socket);
    request.end();
    await waitUntil('the gateway to be asked', async () => gateway.open() > 0);
    if (path === '/never-opens') {
      opened.catch(() => {});
      request.destroy();
    } else (await opened).destroy();
    await waitUntil('the gateway to be left', async () => gateway.open() === 0);
  });

  it('that speaks before it was answered is not answered', async () => {
    const { port } = new URL(world.url);
    const socket = connect(Number(port), '127.0.0.1');
    const target = new URL(addressOf('/talk'));
    const lines = Object.entries({ ...handshake, authorization: `Bearer ${world.token}` });
    const asked = gateway.seen.length;
    socket.end(
      `GET ${target.pathname}${target.search} HTTP/1.1\r\nHost: x\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'close');
    expect(text).toBe('');
    expect(gateway.seen).toHaveLength(asked);
  });

  it.each([
    [{ 'sec-websocket-key': 'short' }, 'Sec-WebSocket-Key'],
    [{ 'sec-websocket-version': '8' }, 'Sec-WebSocket-Version'],
  ])('with %j is refused by its field', async (headers, field) => {
    const { status, body } = await ask('/talk', { headers });
    expect([status, (body.errors as { path: string }[])[0]?.path]).toEqual([400, field]);
  });
});

describe('whom it reaches', () => {
  it('is the service in the path and nothing else, whoever asks', async () => {
    const asked = gateway.seen.length;
    const foreign = await ask('/talk', { token: theirs.tokens.admin });
    const missing = await ask('/talk', { token: theirs.tokens.admin, service: 'svc_01kawhatever0000000000000000' });
    expect([foreign.status, foreign.body.code, foreign.body.detail]).toEqual([404, 'not_found', missing.body.detail]);
    expect(await ask('/talk', { token: ours.tokens.read })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await ask('/talk', { token: null })).toMatchObject({ status: 401 });
    expect(await ask('/talk', { token: 'sconce_personal_none' })).toMatchObject({ status: 401 });
    expect(gateway.seen).toHaveLength(asked);
  });

  it('with a session is for pages of ours alone', async () => {
    const session = await fetch(`${world.url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: world.token }),
    });
    const cookie = (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const asked = gateway.seen.length;
    const port = new URL(gateway.url).port;
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${port}`])
      expect(await ask('/talk', { token: null, headers: { cookie, origin } })).toMatchObject({
        status: 403,
        body: { code: 'origin_forbidden' },
      });
    expect(await ask('/talk', { token: null, headers: { cookie } })).toMatchObject({ status: 403 });
    expect(gateway.seen).toHaveLength(asked);
    expect(await ask('/talk', { token: null, headers: { cookie, origin: world.url } })).toMatchObject({ status: 101 });
    expect(gateway.seen.at(-1)?.headers.cookie).toBeUndefined();
    await left();
  });

  it.each([
    ['/../theirs/production/resnet50/talk', 'path'],
    ['/%2e%2e/x', 'path'],
  ])('%j is refused, over the socket as well', async (path, field) => {
    const asked = gateway.seen.length;
    const client = new Client(path);
    expect(await client.opening()).toMatchObject({ problem: { status: 400, errors: [{ path: field }] } });
    await client.closed;
    expect(await world.ask(`GET ${new URL(addressOf(path)).pathname}?path=${encodeURIComponent(path)}`)).toMatchObject({
      status: 400,
    });
    expect(gateway.seen).toHaveLength(asked);
  });

  it.each([
    ['http://evil.example/', {}, 'path'],
    ['/a#b', {}, 'path'],
    ['/x', { protocols: 'a b' }, 'protocols'],
    ['/x', { protocols: 'a,,b' }, 'protocols'],
    ['/x', { protocols: 'a,a' }, 'protocols'],
    ['/x', { protocols: 'a\r\nx: y' }, 'protocols'],
    ['/x', { url: 'ws://evil.example' }, 'url'],
  ])('%j with %j is refused by its field', async (path, query, field) => {
    const asked = gateway.seen.length;
    const { status, body } = await ask(path, { query: query as Record<string, string> });
    expect([status, (body.errors as { path: string }[])[0]?.path]).toEqual([400, field]);
    expect(gateway.seen).toHaveLength(asked);
  });

  it.each([
    '{"Host":"evil"}',
    '{"cookie":"a=b"}',
    '{"Sec-WebSocket-Key":"x"}',
    '{"upgrade":"h2c"}',
    '{"x":"a\\r\\nb: c"}',
    '[]',
    '\ufffd',
  ])('%s is refused as headers, however they come', async (text) => {
    const named = `${socketNames.headers}${Buffer.from(text).toString('base64url')}`;
    const client = new Client('/talk', { protocols: [socketNames.protocol, named] });
    expect(await client.opening()).toMatchObject({ problem: { status: 400, code: 'invalid' } });
    await client.closed;
  });
});

describe('how many', () => {
  it('one caller may have open is limited, and each is given back', async () => {
    const token = ours.tokens.deploy;
    const held = Array.from({ length: 8 }, () => new Client('/talk', { token }));
    await Promise.all(held.map((client) => client.opening()));
    expect(await ask('/talk', { token })).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    const told = await world.ask(`GET /v1/services/${ours.ids.service}/socket?path=/talk`, { token });
    expect([told.status, told.body.code]).toEqual([429, 'rate_limited']);
    for (const client of held) client.socket.close();
    await Promise.all(held.map((client) => client.closed));
    await waitUntil('a slot', async () => (await ask('/talk', { token })).status === 101);
    await left();
  });

  it('ends with the right to it, and says so', async () => {
    const made = await world.ask('POST /v1/tokens', {
      body: { kind: 'service', name: 'short', scopes: ['deploy'], project: 'ours' },
    });
    const client = new Client('/talk', { token: made.body.token });
    await client.words(2);
    await world.ask(`DELETE /v1/tokens/${made.body.id}`);
    expect(await client.closed).toMatchObject({ code: 1008, reason: 'Sconce: access ended' });
    await left();
  });

  it('ends with the server, which does not wait for it', async () => {
    const client = new Client('/talk');
    await client.words(2);
    await world.restart();
    expect(await client.closed).toMatchObject({ code: 1001, reason: 'Sconce: the server stops' });
    await left();
  });
});
