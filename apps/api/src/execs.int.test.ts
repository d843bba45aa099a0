import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let world: ApiWorld;
let ours: Tenant;
let scheduler: Server;
/** What a scheduler is asked, and how it refuses. */
const asked: IncomingMessage[] = [];
let refusal = { status: 409, words: 'The replica is gone.' };
beforeAll(async () => {
  scheduler = createServer();
  scheduler.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    asked.push(request);
    const { status, words } = refusal;
    socket.end(`HTTP/1.1 ${status} No\r\nconnection: close\r\ncontent-length: ${words.length}\r\n\r\n${words}`);
  });
  scheduler.listen(0, '127.0.0.1');
  await once(scheduler, 'listening');
  const { port } = scheduler.address() as AddressInfo;
  world = await startApiWorld({ schedulerUrl: `http://127.0.0.1:${port}` });
  ours = await makeTenant(world, 'ours');
});
afterAll(async () => {
  await world?.stop();
  scheduler?.close();
});
beforeEach(() => {
  asked.length = 0;
  refusal = { status: 409, words: 'The replica is gone.' };
});

const path = () => `/v1/services/${ours.ids.service}/execs`;
const create = (body: object, token = ours.tokens.exec, query = '') =>
  world.ask(`POST ${path()}${query}`, { body, token });
const countRows = async () => Number((await world.db.pool.query('SELECT count(*) FROM exec')).rows[0].count);

/** What is said over the WebSocket, and how it is closed. */
async function open(id: string, token = ours.tokens.exec) {
  const made = { headers: { authorization: `Bearer ${token}` } } as unknown as string[];
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}${path()}/${id}`, made);
  const said: unknown[] = [];
  socket.addEventListener('message', ({ data }) => said.push(JSON.parse(String(data))));
  socket.addEventListener('error', () => {});
  const [event] = (await once(socket, 'close')) as [CloseEvent];
  return { said, code: event.code };
}

describe('an exec', () => {
  it('says where it will run, and can be looked at before it is opened', async () => {
    const { status, body } = await create({ command: ['ls', '-l'], terminal: { columns: 80, rows: 24 } });
    expect(status).toBe(201);
    expect(body).toMatchObject({ replica: 'r1-abc', container: null, command: ['ls', '-l'], terminal: { rows: 24 } });
    expect(await world.ask(`GET ${path()}/${body.id}`, { token: ours.tokens.exec })).toMatchObject({
      status: 200,
      body,
    });
    const shell = await create({ replica: 'r1-abc' });
    expect(shell.body).toMatchObject({ command: [], terminal: null });
  });

  it.each([
    ['replica', { replica: 'r9-zzz' }, 'r1-abc'],
    ['container', { container: 'cache' }, 'there is none'],
    ['command', { command: [] }, 'leave it out for a shell'],
    ['command', { command: ['', 'x'] }, 'name of a command'],
    ['command.0', { command: ['a\0b'] }, 'NUL'],
    ['command', { command: Array.from({ length: 101 }, () => 'x') }, '100'],
    ['command', { command: ['sh', 'ü'.repeat(10_000)] }, '16384 bytes'],
    ['command', { command: 'ls' }, 'array'],
    ['terminal.columns', { terminal: { columns: 0, rows: 24 } }, '1'],
    ['terminal.rows', { terminal: { columns: 80, rows: 1e9 } }, '1000'],
    ['user', { user: 'root' }, 'no such field'],
  ])('with a wrong %s is refused by that field, and nothing is written', async (field, body, words) => {
    const before = await countRows();
    const answer = await create(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid']);
    expect(answer.body.errors[0]).toMatchObject({ path: field });
    expect(JSON.stringify(answer.body)).toContain(words);
    expect(await countRows()).toBe(before);
  });

  it('is not made where nothing runs', async () => {
    await world.db.pool.query(`UPDATE replica SET health = 'exited', message = 'It ended with exit code 3.'`);
    try {
      for (const body of [{}, { replica: 'r1-abc' }])
        expect(await create(body)).toMatchObject({
          status: 409,
          body: { code: 'conflict', hint: expect.stringContaining('exit code 3') },
        });
    } finally {
      await world.db.pool.query(`UPDATE replica SET health = 'ready', message = NULL`);
    }
  });

  it('is only said to be possible by a dry run', async () => {
    const before = await countRows();
    expect((await create({ command: ['ls'] }, ours.tokens.exec, '?dryRun=true')).status).toBe(200);
    expect(await countRows()).toBe(before);
  });

  it('needs its own scope, and is opened by its own token alone', async () => {
    expect(await create({}, ours.tokens.write)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const { body } = await create({});
    const other = await world.ask(`GET ${path()}/${body.id}`, { token: ours.tokens.admin });
    const never = await world.ask(`GET ${path()}/exe_nothing`, { token: ours.tokens.admin });
    expect([other.status, other.body.detail]).toEqual([404, never.body.detail]);
    expect((await open(body.id, ours.tokens.admin)).said).toMatchObject([{ problem: { code: 'not_found' } }]);
    expect(asked).toEqual([]);
  });
});

describe('what a scheduler is asked', () => {
  it('is the one that was written down, with a ticket and nothing of the caller’s', async () => {
    const { body } = await create({ command: ['env'] });
    expect(await open(body.id)).toMatchObject({
      said: [{ problem: { status: 409, code: 'conflict', detail: 'The replica is gone.' } }],
      code: 1011,
    });
    const [{ url, headers } = {}] = asked;
    expect(url).toBe(`/execs/${body.id}`);
    expect(headers?.authorization).toMatch(/^Bearer [\w-]{43}$/);
    expect(headers?.authorization).not.toContain(ours.tokens.exec);
    expect(JSON.stringify(headers)).not.toContain('env');
    expect((await open(body.id)).said).toMatchObject([{ problem: { code: 'already_ended' } }]);
    expect(asked).toHaveLength(1);
  });

  it.each([
    [{ status: 503, words: 'The engine is away.' }, 'The engine is away.'],
    [{ status: 401, words: 'Who are you?' }, 'does not answer'],
    [{ status: 500, words: 'at secret.ts:12' }, 'does not answer'],
  ])('%j is told as what it is', async (answer, words) => {
    refusal = answer;
    const { body } = await create({});
    const { said } = await open(body.id);
    expect(said).toMatchObject([{ problem: { code: 'unavailable', detail: expect.stringContaining(words) } }]);
    expect(JSON.stringify(said)).not.toContain('secret.ts');
  });

  it('is written down: who, from where, in which replica, what; also what was refused', async () => {
    await create({ command: ['cat', '/etc/passwd'] });
    await create({ replica: 'r9-zzz', command: ['rm', '-r', '/'] });
    const { rows } = await world.db.pool.query(
      `SELECT status, address, token_id IS NOT NULL AS known, data FROM audit_event WHERE action = 'createExec' ORDER BY at DESC LIMIT 2`,
    );
    expect(rows).toEqual([
      {
        status: 400,
        address: '127.0.0.1',
        known: true,
        data: { replica: 'r9-zzz', container: null, command: ['rm', '-r', '/'] },
      },
      {
        status: 201,
        address: '127.0.0.1',
        known: true,
        data: { exec: expect.any(String), replica: 'r1-abc', container: null, command: ['cat', '/etc/passwd'] },
      },
    ]);
  });
});
