import { readNewestRouteTable } from '@sconce/db';
import { freePort, waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { FakeGateway } from './testing/fake-gateway.ts';
import { type CrashableScheduler, linkToken, type SchedulerWorld, schedulerWorld } from './testing/scheduler-world.ts';

let world: SchedulerWorld;
let scheduler: CrashableScheduler;
beforeAll(async () => {
  world = await schedulerWorld();
  scheduler = world.startScheduler();
  await waitUntil('the link port', () => scheduler.linkPort());
});
afterAll(() => world.close());

function open(headers: Record<string, string>): Promise<{ status: number; socket: WebSocket | null }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${scheduler.linkPort()}/`, { headers });
    socket.on('open', () => resolve({ status: 101, socket }));
    socket.on('unexpected-response', (_request, response) =>
      resolve({ status: response.statusCode ?? 0, socket: null }),
    );
    socket.on('error', () => {});
  });
}

describe('the link', () => {
  it.each([
    ['no token', {}],
    ['another token', { authorization: 'Bearer nope' }],
    ['the token without its scheme', { authorization: linkToken }],
    ['more than the token', { authorization: `Bearer ${linkToken}x` }],
  ])('refuses %s', async (_, headers) => {
    expect((await open(headers as Record<string, string>)).status).toBe(401);
  });

  it('tells what it is to a browser', async () => {
    const answer = await fetch(`http://127.0.0.1:${scheduler.linkPort()}/`);
    expect(answer.status).toBe(426);
  });

  it('outlives messages it does not know, and says nothing to who does not say hello', async () => {
    const { socket } = await open({ authorization: `Bearer ${linkToken}` });
    const heard: string[] = [];
    socket?.on('message', (data) => heard.push(JSON.parse(String(data)).type));
    for (const text of ['', '{', '[]', '{"type":"ack","version":-1}', '{"type":"ack","version":1}', '{"type":"news"}'])
      socket?.send(text);
    socket?.send(Buffer.from([0, 255, 1]));
    await waitUntil('a ping', () => heard.includes('ping'));
    expect(heard).not.toContain('table');
    expect(await world.rows('SELECT 1 FROM gateway')).toEqual([]);
    socket?.close();
  });

  it('gives a gateway the newest table at once, and keeps a row of what it serves', async () => {
    const gateway = world.gateway('gtw_row');
    const table = await waitUntil('a table', () => gateway.table);
    await waitUntil('its row', async () => {
      const [row] = await world.rows<{ acked: string; connected: boolean }>(
        "SELECT acked_version::text AS acked, connected FROM gateway WHERE id = 'gtw_row'",
      );
      return row?.acked === String(table.version) && row.connected;
    });
    gateway.stop();
    await waitUntil(
      'it to be noted as gone',
      async () => (await world.rows("SELECT 1 FROM gateway WHERE id = 'gtw_row' AND NOT connected")).length === 1,
    );
    await world.rows("DELETE FROM gateway WHERE id = 'gtw_row'");
  });

  it('keeps the newer of two links of one gateway', async () => {
    const options = { id: 'gtw_twice', token: linkToken, port: () => scheduler.linkPort() };
    const first = new FakeGateway(options);
    await waitUntil('a table', () => first.table);
    const second = new FakeGateway(options);
    await waitUntil('a table', () => second.table);
    first.stop();
    const service = await world.service();
    await world.isLive(service, await world.deploy(service));
    expect(second.servingOf(service.name)).toBe(1);
    second.stop();
    await world.rows("DELETE FROM gateway WHERE id = 'gtw_twice'");
  });

  it('numbers on above a gateway that knows newer routes than the database: it may be an old backup', async () => {
    const gateway = world.gateway('gtw_restored');
    const before = await waitUntil('a table', () => gateway.table);
    gateway.table = { ...before, version: before.version + 500 };
    gateway.breakLink();
    await waitUntil('a table above', () => (gateway.table?.version ?? 0) > before.version + 500);
    expect((await readNewestRouteTable(world.db.tx))?.version).toBe(gateway.table?.version);
    const service = await world.service();
    await world.isLive(service, await world.deploy(service));
    expect(gateway.servingOf(service.name)).toBe(1);
    gateway.stop();
    await world.rows("DELETE FROM gateway WHERE id = 'gtw_restored'");
  });

  it('waits for the slowest gateway, and not for one that is gone for long', async () => {
    const [quick, slow] = [world.gateway('gtw_quick'), world.gateway('gtw_slow')];
    await waitUntil('tables', () => quick.table && slow.table);
    const service = await world.service();
    await world.reaches((await world.deploy(service)).rolloutId, 'complete');
    slow.acknowledges = false;
    const second = await world.deploy(service);
    await waitUntil('the quick one to have it', () => quick.servingOf(service.name) === 2);
    await waitUntil('the wait to be shown', async () =>
      /^1 of \d gateways/.test((await world.rollout(second.rolloutId)).message ?? ''),
    );
    expect(slow.servingOf(service.name)).toBe(1);
    expect(world.lost).toEqual([]);
    // It went without a word; what it still serves is nobody's any more once its silence is long.
    slow.stop();
    slow.table = null;
    await world.rows("UPDATE gateway SET last_seen_at = now() - interval '11 seconds' WHERE id = 'gtw_slow'");
    await world.isLive(service, second);
    quick.stop();
  });

  it('asks for its port until it is free', async () => {
    const port = await freePort();
    const first = world.startScheduler({ port });
    await waitUntil('the first to have it', () => first.linkPort() === port);
    const second = world.startScheduler({ port });
    expect(second.linkPort()).toBeNull();
    await first.stop();
    await waitUntil('the second to have it', () => second.linkPort() === port);
    await second.stop();
  });
});
