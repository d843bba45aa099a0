import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem, ApiUnreachable, createClient } from '../index.ts';

/** Answers each request from a list of replies, and keeps what was asked. */
function scripted(replies: ((init: RequestInit) => Response | Promise<Response>)[]) {
  const requests: { url: string; method: string; headers: Headers; body: string | null }[] = [];
  const fetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    requests.push({
      url: String(url),
      method: init.method ?? 'GET',
      headers: new Headers(init.headers),
      body: (init.body as string | undefined) ?? null,
    });
    const reply = replies.shift();
    if (!reply) throw new Error('more requests than replies');
    return reply(init);
  };
  return { client: createClient({ baseUrl: 'http://api.test/', token: 'sconce_personal_x', fetch }), requests };
}

const json =
  (body: unknown, status = 200) =>
  () =>
    new Response(JSON.stringify(body), { status });
const sse = (text: string) => () => new Response(text, { headers: { 'content-type': 'text/event-stream' } });

describe('createClient', () => {
  it('puts slugs into the path, queries after it, and the token into its header', async () => {
    const { client, requests } = scripted([json({ data: [], page: { next: null } })]);
    await client.listServiceLogs({
      params: { service: 'vision/production/resnet50' },
      query: { level: ['warn', 'error'], limit: 5 },
    });
    expect(requests[0]?.url).toBe(
      'http://api.test/v1/services/vision%2Fproduction%2Fresnet50/logs?level=warn%2Cerror&limit=5',
    );
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer sconce_personal_x');
  });

  it('repeats a POST with one key when no answer came, so that it has one effect', async () => {
    const { client, requests } = scripted([
      () => Promise.reject(new TypeError('fetch failed')),
      json({ code: 'idempotency_running' }, 409),
      json({ id: 'prj_1' }, 201),
    ]);
    await client.createProject({ body: { slug: 'vision' } });
    const keys = requests.map((request) => request.headers.get('idempotency-key'));
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(requests).toHaveLength(3);
  });

  it('repeats what broke off in the middle of the answer', async () => {
    const broken = () =>
      new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError('network error')) }));
    const { client, requests } = scripted([broken, json({ id: 'prj_1' }, 201)]);
    expect(await client.createProject({ body: { slug: 'vision' } })).toEqual({ id: 'prj_1' });
    expect(new Set(requests.map((request) => request.headers.get('idempotency-key'))).size).toBe(1);
    expect(requests).toHaveLength(2);
  });

  it('throws what the server said, and does not repeat it', async () => {
    const { client, requests } = scripted([
      json({ code: 'not_found', detail: 'No such service.', hint: 'List them.' }, 404),
    ]);
    const error = await client.getService({ params: { service: 'a/b/c' } }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiProblem);
    expect(error).toMatchObject({ status: 404, code: 'not_found', message: 'No such service.', hint: 'List them.' });
    expect(requests).toHaveLength(1);
  });
});

const lost = () => Promise.reject(new TypeError('fetch failed'));
const refused = () =>
  Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }));
const keysOf = (requests: readonly { readonly headers: Headers }[]) =>
  requests.map(({ headers }) => headers.get('idempotency-key'));
const failure = (asked: Promise<unknown>) =>
  asked.then(
    () => null,
    (error: unknown) => error,
  );

describe('a write whose answer was lost', () => {
  // Pauses between the tries take no time here.
  beforeEach(() => void vi.useFakeTimers().setTimerTickMode('nextTimerAsync'));
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['PUT', (client: ReturnType<typeof createClient>) => client.putPassword({ body: { password: 'x' } })],
    ['PATCH', (client: ReturnType<typeof createClient>) => client.updateMe({ body: { name: 'Ana' } })],
    ['DELETE', (client: ReturnType<typeof createClient>) => client.deletePassword()],
  ] as const)('is repeated under its key: %s', async (method, write) => {
    const { client, requests } = scripted([lost, json({ id: 'x' })]);
    await write(client);
    expect(requests.map((request) => request.method)).toEqual([method, method]);
    expect(keysOf(requests)[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(keysOf(requests)).size).toBe(1);
  });

  it('is repeated when nothing comes for half a minute, or the rest of the answer does not', async () => {
    const endless = (init: RequestInit) =>
      new Promise<Response>((_, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    const half = (init: RequestInit) =>
      new Response(
        new ReadableStream({
          start: (body) => {
            body.enqueue(new TextEncoder().encode('{"id":'));
            init.signal?.addEventListener('abort', () => body.error(init.signal?.reason));
          },
        }),
      );
    const { client, requests } = scripted([endless, half, json({ id: 'prj_1' }, 201)]);
    expect(await client.createProject({ body: { slug: 'vision' } })).toEqual({ id: 'prj_1' });
    expect(requests).toHaveLength(3);
    expect(new Set(keysOf(requests)).size).toBe(1);
    const never = scripted([endless, endless, endless, endless]);
    expect(await failure(never.client.createProject({ body: { slug: 'vision' } }))).toMatchObject({ mayBeDone: true });
  });

  it('says that it may be done when no try was answered, and goes on under the same key when it is made again', async () => {
    const { client, requests } = scripted([lost, lost, lost, lost, json({ id: 'prj_1' }, 201), json({}, 201)]);
    const make = () => client.createProject({ body: { slug: 'vision' } });
    expect(await failure(make())).toMatchObject({ name: 'ApiUnreachable', mayBeDone: true });
    expect(await make()).toEqual({ id: 'prj_1' });
    expect(new Set(keysOf(requests)).size).toBe(1);
    await make();
    expect(new Set(keysOf(requests)).size).toBe(2);
  });

  it('is another one when it says something else, or comes much later', async () => {
    const { client, requests } = scripted([lost, lost, lost, lost, json({}, 201), json({}, 201)]);
    await failure(client.createProject({ body: { slug: 'vision' } }));
    await client.createProject({ body: { slug: 'sound' } });
    vi.setSystemTime(Date.now() + 6 * 60_000);
    await client.createProject({ body: { slug: 'vision' } });
    expect(new Set(keysOf(requests)).size).toBe(3);
  });

  it('may be done where later tries were turned away before its key was looked at, or a proxy lost the API', async () => {
    const ended = scripted([lost, json({ code: 'unauthenticated' }, 401)]);
    expect(await failure(ended.client.updateMe({ body: { name: 'Ana' } }))).toMatchObject({ mayBeDone: true });
    const proxied = scripted(Array.from({ length: 4 }, () => () => new Response('<html>', { status: 504 })));
    expect(await failure(proxied.client.updateMe({ body: { name: 'Ana' } }))).toMatchObject({ mayBeDone: true });
  });

  it('is not done where the API says so in the end, or was never reached; a read never is', async () => {
    const said = scripted([lost, json({ code: 'precondition_failed' }, 412)]);
    expect(await failure(said.client.updateMe({ body: { name: 'Ana' } }))).toBeInstanceOf(ApiProblem);
    const away = scripted([refused, refused, refused, refused]);
    const unreached = await failure(away.client.updateMe({ body: { name: 'Ana' } }));
    expect(unreached).toBeInstanceOf(ApiUnreachable);
    expect(unreached).toMatchObject({ mayBeDone: false });
    const read = scripted([lost, lost, lost, lost]);
    expect(await failure(read.client.getMe())).toMatchObject({ mayBeDone: false });
  });

  it('is waited for while the API says that the first try still runs', async () => {
    const running = () =>
      new Response(JSON.stringify({ code: 'idempotency_running' }), { status: 409, headers: { 'retry-after': '1' } });
    const { client, requests } = scripted([lost, ...Array.from({ length: 20 }, () => running), json({ id: 'prj_1' })]);
    expect(await client.createProject({ body: { slug: 'vision' } })).toEqual({ id: 'prj_1' });
    expect(requests).toHaveLength(22);
  });
});

describe('follow', () => {
  it('goes on after the last id when cut in the middle of an event, and stops at the end', async () => {
    const { client, requests } = scripted([
      sse(': hello\n\nid: 1\ndata: {"line":1}\n\nid: 2\ndata: {"li'),
      () => Promise.reject(new TypeError('fetch failed')),
      sse('id: 2\r\ndata: {"line":2}\r\n\r\nevent: end\ndata: {}\n\n'),
    ]);
    const reasons: unknown[] = [];
    const lines: number[] = [];
    const stream = client.follow.listBuildLogs({
      params: { build: 'bld_1' },
      onReconnect: (why) => void reasons.push(why),
    });
    for await (const item of stream) lines.push(item.line);
    expect(lines).toEqual([1, 2]);
    expect(reasons).toHaveLength(2);
    expect(requests.map((request) => request.headers.get('last-event-id'))).toEqual([null, '1', '1']);
  });

  it('says when it is heard again, and leaves a connection that fell silent', async () => {
    const silent = () =>
      new Response(new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode(': open\n\n')) }));
    const { client, requests } = scripted([silent, sse('event: end\ndata: {}\n\n')]);
    const heard: string[] = [];
    const stream = client.follow.listBuildLogs({
      params: { build: 'bld_1' },
      silentMs: 2_000,
      onOpen: () => void heard.push('open'),
      onReconnect: (why) => void heard.push(String(why)),
    });
    expect((await stream.next()).done).toBe(true);
    expect(heard).toEqual(['open', 'ApiUnreachable: The stream fell silent', 'open']);
    expect(requests).toHaveLength(2);
  });

  it('throws at once when it is refused for good', async () => {
    const { client } = scripted([json({ code: 'not_found', detail: 'No such build.' }, 404)]);
    await expect(client.follow.listBuildLogs({ params: { build: 'bld_1' } }).next()).rejects.toThrow('No such build.');
  });

  it('ends with the signal', async () => {
    const abort = new AbortController();
    const { client } = scripted([sse('id: 1\ndata: {"line":1}\n\n')]);
    const stream = client.follow.listBuildLogs({
      params: { build: 'bld_1' },
      signal: abort.signal,
      onReconnect: () => abort.abort(new Error('enough')),
    });
    await stream.next();
    await expect(stream.next()).rejects.toThrow('enough');
  });
});
