import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { type Endpoint, endpoints } from '@sconce/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let world: ApiWorld;
let tenant: Tenant;
beforeAll(async () => {
  world = await startApiWorld();
  tenant = await makeTenant(world, 'vision');
});
afterAll(() => world.stop());

const table = Object.entries(endpoints) as [string, Endpoint][];
const extras: Readonly<Record<string, string>> = { name: 'A', email: 'a@b.example', token: 'tok_x', user: 'usr_x' };
const lineOf = (endpoint: Endpoint) =>
  `${endpoint.method} ${endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => tenant.ids[name] ?? extras[name] ?? 'x')}`;

/** The rule of bad input: a 4xx problem, no stack, no SQL, little echo. */
function expectRefused(answer: Answer, what: string): void {
  const { status, body, headers } = answer;
  expect([what, status >= 400 && status < 500 && status !== 429, status]).toEqual([what, true, status]);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const text = JSON.stringify(body);
  expect(text).not.toMatch(/prisma|select |insert |postgres|node_modules|\.ts:\d|\bat \w+ \(/i);
  expect(text).not.toContain('x'.repeat(201));
  expect(text.length).toBeLessThan(6_000);
}

const long = 'x'.repeat(100_000);
const oddBodies: [string, string][] = [
  ['an array', '[]'],
  ['null', 'null'],
  ['a text', '"x"'],
  ['a number', '1e999'],
  ['an unknown field', JSON.stringify({ [`unknown-${long}`]: 1 })],
  [
    'operators where text is due',
    JSON.stringify({
      slug: { $ne: null },
      name: { $gt: '' },
      value: { contains: 'a' },
      token: { $regex: '.*' },
      kind: 'builtin',
      branches: [{ $in: [] }],
    }),
  ],
  [
    'fields that nobody may set',
    JSON.stringify({ id: 'svc_1', projectId: 'x', version: 9, liveReleaseId: 'rel_1', isAdmin: true, hash: 'x' }),
  ],
  ['__proto__', '{"__proto__":{"isAdmin":true},"slug":"a"}'],
  ['constructor', '{"constructor":{"prototype":{"isAdmin":true}}}'],
  ['very long text', JSON.stringify({ slug: long, name: long, value: long, token: long, commit: long, release: long })],
  [
    'numbers out of range',
    JSON.stringify({
      position: -1,
      settings: {
        port: 70000,
        probe: { periodMs: -5 },
        scaling: { min: 1e308, max: 0.5 },
        resources: { memoryMiB: 9e15 },
      },
    }),
  ],
  ['half a character', '{"name":"\\ud800","slug":"\\ud800"}'],
  ['NUL', JSON.stringify({ slug: 'a\0b', name: 'a\0b', value: 'a\0b', A: 'x\0y' })],
  ['deep nesting', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ['deep objects', `${'{"settings":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  ['cut JSON', '{"slug":"a"'],
  ['two documents', '{}{}'],
  ['a comment', '{/* x */}'],
  ['NaN', '{"position":NaN}'],
];

describe('bodies', () => {
  const writing = table.filter(([, endpoint]) => endpoint.body !== null);
  it.each(writing)('%s refuses odd bodies field by field, and does nothing', async (name, endpoint) => {
    for (const [what, raw] of oddBodies) {
      const answer = await world.ask(lineOf(endpoint), { raw, headers: { 'content-type': 'application/json' } });
      // A record of variables takes any name that is one; a few odd ones are fine there.
      if (answer.status < 300 && name.endsWith('Variables')) continue;
      expectRefused(answer, `${name}: ${what}`);
    }
    const slugs = await world.db.pool.query('SELECT slug FROM project');
    expect(slugs.rows).toEqual([{ slug: 'vision' }]);
  });

  it('name each wrong field', async () => {
    const answer = await world.ask('POST /v1/projects', { body: { slug: 'Not A Slug', nmae: 'x', name: 5 } });
    expect(answer.body.errors.map((error: { path: string; code: string }) => [error.path, error.code])).toEqual([
      ['slug', 'invalid_format'],
      ['name', 'invalid_type'],
      ['nmae', 'unknown_field'],
    ]);
    const nested = await world.ask(`PATCH /v1/services/${tenant.ids.service}`, {
      body: { settings: { probe: { path: 'healthz', perod: 1 } } },
    });
    expect(nested.body.errors.map((error: { path: string }) => error.path)).toEqual([
      'settings.probe.path',
      'settings.probe.perod',
    ]);
  });

  it('are JSON, in UTF-8, not compressed, of at most 1 MiB', async () => {
    const send = (raw: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
      world.ask('POST /v1/projects', { raw, headers });
    expect((await send('slug=a', { 'content-type': 'application/x-www-form-urlencoded' })).body.code).toBe(
      'unsupported_media_type',
    );
    expect((await send('<a/>', { 'content-type': 'text/xml' })).body.code).toBe('unsupported_media_type');
    expect((await send('{}', { 'content-type': 'application/json; charset=utf-16' })).body.code).toBe(
      'unsupported_media_type',
    );
    expect((await send('{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' })).body.code).toBe(
      'unsupported_media_type',
    );
    expect((await send(new Uint8Array([0x7b, 0xff, 0x7d]), { 'content-type': 'application/json' })).body.code).toBe(
      'malformed',
    );
    const large = await send(JSON.stringify({ slug: 'x'.repeat(10 * 1024 * 1024) }), {
      'content-type': 'application/json',
    }).catch((error: unknown) => error);
    // The answer may come before all was sent: then the connection is cut behind it.
    if (!(large instanceof Error)) expect((large as Answer).body.code).toBe('too_large');
  });

  it('without a length end at the limit too', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        `${world.url}/v1/projects`,
        {
          method: 'POST',
          headers: {
            authorization: `Bearer ${world.token}`,
            'content-type': 'application/json',
            'transfer-encoding': 'chunked',
          },
        },
        (response) => {
          resolve(response.statusCode ?? 0);
          response.resume();
          request.destroy();
        },
      );
      request.on('error', reject);
      const piece = Buffer.alloc(64 * 1024, 'x');
      const write = () => {
        if (!request.destroyed) request.write(piece, () => setImmediate(write));
      };
      write();
    });
    expect(status).toBe(413);
  });
});

describe('paths and queries', () => {
  it.each(table.filter(([, endpoint]) => endpoint.path.includes('{')))(
    '%s takes strange references for missing ones',
    async (name, endpoint) => {
      const strange = [
        "'; DROP TABLE service; --",
        '../../etc/passwd',
        'svc_%00',
        '%',
        'a/b/c/d/e',
        '__proto__',
        'constructor',
        ' ',
        '🕯',
        'x'.repeat(199),
        'prj_01',
        '-1',
        '1e5',
        '{"$ne":null}',
      ];
      for (const one of strange) {
        const path = endpoint.path.replace(/\{\w+\}/g, encodeURIComponent(one));
        const answer = await world.ask(`${endpoint.method} ${path}`, endpoint.body ? { body: {} } : {});
        // A list of what is visible, or a secret's name, may be answered; a fault may not.
        if (answer.status >= 300) expectRefused(answer, `${name}: ${one.slice(0, 30)}`);
      }
    },
  );

  it.each(table)('%s refuses unknown, doubled and wrong parameters', async (name, endpoint) => {
    const body = endpoint.body ? { body: {} } : {};
    for (const query of [
      'surprise=1',
      'limit=0',
      'limit=201000',
      'limit=-1',
      'limit=1e3',
      'limit[]=1',
      'limit=1&limit=2',
      'dryRun=maybe',
      'order=random',
      'cursor=x',
      `cursor=${'A'.repeat(60)}`,
      'wait=1h',
      'wait=-1s',
      'constructor=1',
    ]) {
      const answer = await world.ask(`${lineOf(endpoint)}?${query}`, {
        ...body,
        headers: { accept: 'application/json' },
      });
      expectRefused(answer, `${name}?${query}`);
    }
  });

  it('that are no paths are told so', async () => {
    expectRefused(await world.ask('GET /v1/nothing'), 'nothing');
    expectRefused(await world.ask('GET /v1/services/%zz'), '%zz');
    expectRefused(await world.ask('GET /v1/services/%E0%A4%A'), 'cut UTF-8');
    expectRefused(await world.ask(`GET /v1/services/${'x'.repeat(2_000)}`), 'long');
    const method = await world.ask('PUT /v1/services', { body: {} });
    expect([method.status, method.body.code, method.headers.get('allow')]).toEqual([405, 'method_not_allowed', 'GET']);
    expect((await world.ask('GET /v1/me', { headers: { accept: 'image/png' } })).body.code).toBe('not_acceptable');
  });
});

describe('cursors', () => {
  it('go through a list without gap or double, also while it grows', async () => {
    for (let index = 0; index < 7; index += 1)
      await world.ask('POST /v1/projects/vision/environments', { body: { slug: `page-${index}` } });
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await world.ask(`GET /v1/projects/vision/environments?limit=3${cursor}`);
      seen.push(...body.data.map((row: { slug: string }) => row.slug));
      if (seen.length === 3) await world.ask('POST /v1/projects/vision/environments', { body: { slug: 'page-late' } });
      if (body.page.next === null) break;
      cursor = `&cursor=${encodeURIComponent(body.page.next)}`;
    }
    expect(seen).toEqual(['page-6', 'page-5', 'page-4', 'page-3', 'page-2', 'page-1', 'page-0', 'production']);
    const oldest = await world.ask('GET /v1/projects/vision/environments?limit=2&order=oldest');
    expect(oldest.body.data.map((row: { slug: string }) => row.slug)).toEqual(['production', 'page-0']);
  });

  it('are bound to their list, filters, order and caller, and cannot be forged', async () => {
    const { body } = await world.ask('GET /v1/projects/vision/environments?limit=1');
    const next = body.page.next as string;
    const flipped = `${next.slice(0, 5)}${next[5] === 'A' ? 'B' : 'A'}${next.slice(6)}`;
    const wrong = [
      [`projects/vision/environments?cursor=${flipped}`, world.token],
      [`projects/vision/environments?cursor=${next.slice(0, -2)}`, world.token],
      [`projects/vision/environments?cursor=${next}&order=oldest`, world.token],
      [`projects/vision/environments?cursor=${next}&slug=page-1`, world.token],
      [`projects/vision/repositories?cursor=${next}`, world.token],
      [`projects?cursor=${next}`, world.token],
      [`projects/vision/environments?cursor=${next}`, tenant.tokens.read],
    ] as const;
    for (const [path, token] of wrong) {
      const answer = await world.ask(`GET /v1/${path}`, { token });
      expect([path, answer.status, answer.body.code]).toEqual([path, 400, 'cursor_invalid']);
    }
    expect((await world.ask(`GET /v1/projects/vision/environments?limit=1&cursor=${next}`)).status).toBe(200);
  });
});

describe('the connection', () => {
  const exchange = (text: string, waitMs = 60_000) =>
    new Promise<string>((resolve) => {
      const { port } = new URL(world.url);
      let got = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
      socket.on('data', (data) => {
        got += data.toString('latin1');
      });
      socket.on('close', () => resolve(got));
      socket.on('error', () => resolve(got));
      socket.setTimeout(waitMs, () => socket.destroy());
    });

  it.each([
    ['two lengths', 'POST /v1/projects HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    [
      'length and chunks',
      'POST /v1/projects HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['no host', 'GET /v1/me HTTP/1.1\r\n\r\n'],
    ['no HTTP', 'hello\r\n\r\n'],
    ['a huge header', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`],
  ])('with %s is refused', async (_, text) => {
    expect(await exchange(text)).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it('gives the caller’s own request id back where it is harmless', async () => {
    expect((await world.ask('GET /healthz', { token: null })).status).toBe(200);
    expect(
      (await world.ask('GET /v1/me', { headers: { 'x-request-id': 'my-request-1' } })).headers.get('x-request-id'),
    ).toBe('my-request-1');
    expect(
      (await world.ask('GET /v1/me', { headers: { 'x-request-id': '<script>' } })).headers.get('x-request-id'),
    ).toMatch(/^[0-9a-f-]{36}$/);
  });
});
