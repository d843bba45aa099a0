import { createHmac, randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, previousSecret, startApiWorld, webhookSecret } from './testing/api-world.ts';

/** GitHub's own payloads, one or more for each of its events. */
const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
  readonly name: string;
  readonly examples: readonly unknown[];
}[];

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.stop());

const sign = (body: Uint8Array | string, secret = webhookSecret) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

interface Sent {
  readonly secret?: string;
  readonly id?: string;
  readonly event?: string;
  readonly headers?: Record<string, string>;
}

function deliver(
  body: string | Uint8Array<ArrayBuffer>,
  { secret = webhookSecret, id = randomUUID(), event = 'push', headers = {} }: Sent = {},
) {
  return world.ask('POST /v1/webhooks/github', {
    token: null,
    raw: body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': id,
      'x-hub-signature-256': sign(body, secret),
      ...headers,
    },
  });
}

const count = async (where = 'TRUE', values: unknown[] = []) =>
  Number((await world.db.pool.query(`SELECT count(*) FROM delivery WHERE ${where}`, values)).rows[0].count);

describe('a webhook of GitHub', () => {
  it.each(examples.map(({ name, examples: payloads }) => [name, payloads] as const))(
    '%s: each real payload is taken, byte for byte, with its line in the outbox',
    async (event, payloads) => {
      for (const payload of payloads) {
        const body = JSON.stringify(payload, null, 1);
        const id = randomUUID();
        const answer = await deliver(body, { id, event });
        expect([answer.status, answer.body]).toEqual([202, { delivery: expect.stringMatching(/^dlv_[0-9a-z]{26}$/) }]);
        const { rows } = await world.db.pool.query('SELECT body, event, phase FROM delivery WHERE id = $1', [
          answer.body.delivery,
        ]);
        expect([rows[0].event, rows[0].phase, rows[0].body.toString()]).toEqual([event, 'received', body]);
        const outbox = await world.db.pool.query("SELECT 1 FROM outbox WHERE payload ->> 'delivery' = $1", [
          answer.body.delivery,
        ]);
        expect(outbox.rows).toHaveLength(1);
      }
    },
  );

  it('is signed with either of two secrets while one is replaced by the other', async () => {
    expect((await deliver('{"a":1}', { secret: previousSecret })).status).toBe(202);
    expect((await deliver('{"a":1}', { secret: webhookSecret })).status).toBe(202);
    expect((await deliver('{"a":1}', { secret: 'a third one, long enough' })).body.code).toBe('signature_invalid');
  });

  it('is refused unsigned, and with a malformed, doubled or foreign signature', async () => {
    const before = await count();
    const body = '{"ref":"refs/heads/main"}';
    const cases: [Record<string, string>, number, string][] = [
      [{ 'x-hub-signature-256': '' }, 401, 'signature_invalid'],
      [{ 'x-hub-signature-256': 'sha256=abc' }, 400, 'malformed'],
      [{ 'x-hub-signature-256': sign(body).toUpperCase() }, 400, 'malformed'],
      [{ 'x-hub-signature-256': `${sign(body)}, ${sign(body)}` }, 400, 'malformed'],
      [{ 'x-hub-signature-256': sign(`${body} `) }, 401, 'signature_invalid'],
      [{ 'x-hub-signature-256': sign(JSON.stringify(JSON.parse('{ "ref" :1}'))) }, 401, 'signature_invalid'],
      [{ 'x-github-delivery': '' }, 400, 'malformed'],
      [{ 'x-github-delivery': 'x'.repeat(300) }, 400, 'malformed'],
      [{ 'x-github-delivery': 'a b' }, 400, 'malformed'],
      [{ 'x-github-event': '' }, 400, 'malformed'],
    ];
    for (const [headers, status, code] of cases) {
      const answer = await deliver(body, { headers });
      expect([headers, answer.status, answer.body.code]).toEqual([headers, status, code]);
      expect(answer.headers.get('content-type')).toMatch(/problem\+json/);
    }
    const get = await world.ask('GET /v1/webhooks/github', { token: null });
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await count()).toBe(before);
  });

  it('with two signature headers is refused, whichever is right', async () => {
    const body = '{}';
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${world.url}/v1/webhooks/github`, { method: 'POST' }, (response) =>
        resolve(response.resume().statusCode ?? 0),
      );
      request.setHeader('x-hub-signature-256', [sign(body), sign(body)]);
      request.setHeader('x-github-event', 'push').setHeader('x-github-delivery', randomUUID());
      request.on('error', reject).end(body);
    });
    expect(status).toBe(400);
  });

  it('over other bytes than were signed is refused, though they say the same', async () => {
    const odd = '{"b":1.0,  "a":"\\u00e9", "n":1e2}';
    expect((await deliver(odd)).status).toBe(202);
    const again = await deliver(JSON.stringify(JSON.parse(odd)), { headers: { 'x-hub-signature-256': sign(odd) } });
    expect(again.body.code).toBe('signature_invalid');
  });

  it('that comes fifty times at once is stored once, and each time answered alike', async () => {
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, () => deliver('{"same":true}', { id })));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.delivery}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(202);
    expect(await count('host_delivery = $1', [id])).toBe(1);
    expect((await deliver('{"same":"other body"}', { id })).body).toEqual(answers[0]?.body);
  });

  it('of 25 MB is taken, a larger one is not, with and without a length', async () => {
    const full = new Uint8Array(25 * 1024 * 1024).fill(0x20);
    expect((await deliver(full)).status).toBe(202);
    const larger = new Uint8Array(25 * 1024 * 1024 + 1).fill(0x20);
    const answer = await deliver(larger);
    expect([answer.status, answer.body.code]).toEqual([413, 'too_large']);
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        `${world.url}/v1/webhooks/github`,
        {
          method: 'POST',
          headers: {
            'transfer-encoding': 'chunked',
            'x-github-event': 'push',
            'x-github-delivery': 'chunks',
            'x-hub-signature-256': sign(larger),
          },
        },
        (response) => resolve(response.resume().statusCode ?? 0),
      );
      request.on('error', reject);
      request.end(larger);
    });
    expect(status).toBe(413);
  });

  it('that is cut off, or comes a byte a second, leaves nothing', async () => {
    const before = await count();
    const head = `POST /v1/webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: ${randomUUID()}\r\nX-Hub-Signature-256: ${sign('x')}\r\n\r\n`;
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(world.url).port), '127.0.0.1', () =>
        socket.write(`${head}{"half":`, () => socket.destroy()),
      );
      socket.on('close', () => resolve());
    });
    expect(await count()).toBe(before);
    expect((await deliver('{}')).status).toBe(202);
  });

  it('whose signer has no secret here is told so', async () => {
    const none = await startApiWorld({ githubSecrets: [] });
    const answer = await none.ask('POST /v1/webhooks/github', {
      token: null,
      raw: '{}',
      headers: { 'x-github-event': 'push', 'x-github-delivery': 'x', 'x-hub-signature-256': sign('{}') },
    });
    expect([answer.status, answer.body.hint]).toEqual([401, expect.stringContaining('SCONCE_GITHUB_WEBHOOK_SECRET')]);
    await none.stop();
  });

  it('is not answered 2xx while Postgres is away, and is taken when it is back', async () => {
    const acknowledged: string[] = [];
    let refused = 0;
    const sending = Promise.all(
      Array.from({ length: 8 }, async (_, sender) => {
        for (let index = 0; index < 60; index += 1) {
          const id = `crash-${sender}-${index}`;
          const answer = await deliver('{"crash":true}', { id }).catch(() => null);
          if (answer?.status === 202) acknowledged.push(id);
          else refused += 1;
        }
      }),
    );
    await world.postgres.crash();
    await world.postgres.crash();
    await sending;
    const stored = await world.db.pool.query("SELECT host_delivery FROM delivery WHERE host_delivery LIKE 'crash-%'");
    const found = new Set(stored.rows.map((row: { host_delivery: string }) => row.host_delivery));
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    expect(acknowledged.length + refused).toBe(480);
    expect((await deliver('{}')).status).toBe(202);
  });
});
