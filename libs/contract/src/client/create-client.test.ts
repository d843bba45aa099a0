import { describe, expect, it } from 'vitest';
import { ApiProblem, createClient } from '../index.ts';

/** Answers each request from a list of replies, and keeps what was asked. */
function scripted(replies: (() => Response | Promise<Response>)[]) {
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
    return reply();
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
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
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
      silentMs: 30,
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
