import { waitUntil } from '@sconce/testkit';
import { describe, expect, it } from 'vitest';
import { FakeScheduler } from './fake-scheduler.ts';
import { aTable, startBench } from './gateway-bench.ts';
import { exchangeRaw, RawClient, until } from './raw-client.ts';
import { RawReplica, startEcho } from './raw-replica.ts';

const host = 'Host: echo.test\r\n';
const lastGet = `GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
const unavailable = { code: 'handing_over', message: 'One release gives way to another.', retryAfterSeconds: 5 };
/** A route of a service whose one release gives way to the next: nobody answers, and somebody will. */
const holding = (holdMs: number, requestTimeoutMs = 120_000) =>
  aTable([], { holdMs, requestTimeoutMs, targets: [], unavailable });

describe('while one release gives way to another', () => {
  it('requests wait, and are answered by the new one in the order in which they came', async () => {
    await using scheduler = await FakeScheduler.start();
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: holding(60_000), link: scheduler.link });
    const clients: RawClient[] = [];
    for (let i = 0; i < 3; i += 1) {
      const client = await RawClient.open(bench.port);
      clients.push(client);
      client.send(`POST /${i} HTTP/1.1\r\n${host}Content-Length: 4\r\n\r\nbody`);
      await waitUntil(`${i + 1} to wait`, () => queued(bench.gateway.adminPort, i + 1));
    }
    const next = aTable([replica.port], { concurrency: 1 });
    await scheduler.linked();
    scheduler.send({ type: 'table', table: next });
    await scheduler.acked(next.version);
    for (let i = 0; i < 3; i += 1) {
      const connection = await replica.until(`POST /${i} `);
      expect(connection.received).not.toContain(`POST /${i + 1} `);
      connection.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      expect(await clients[i]?.until('ok')).toMatch(/^HTTP\/1\.1 200 /);
    }
    for (const client of clients) client.socket.destroy();
  });

  it('the time of a request counts from when somebody can answer it', async () => {
    await using scheduler = await FakeScheduler.start();
    await using echo = await startEcho();
    await using bench = await startBench({ table: holding(60_000, 3_000), link: scheduler.link });
    await scheduler.linked();
    const startedAt = performance.now();
    const answer = exchangeRaw(bench.port, lastGet);
    await until(
      () => performance.now() - startedAt > 3_500,
      () => 'more than the request may take',
    );
    const next = aTable([echo.port], { requestTimeoutMs: 3_000 });
    scheduler.send({ type: 'table', table: next });
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('who waited for longer than it may take hears why, and when to come back', async () => {
    await using bench = await startBench({ table: holding(300, 100) });
    const answer = await exchangeRaw(bench.port, lastGet);
    expect(answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nretry-after: 5\r\n[\s\S]*One release gives way to another\./);
  });

  it('no more wait than may, and nobody waits once nothing is on its way any more', async () => {
    await using scheduler = await FakeScheduler.start();
    const limits = { queuedPerRoute: 1 };
    await using bench = await startBench({ table: holding(60_000), link: scheduler.link, limits });
    await scheduler.linked();
    const waiting = exchangeRaw(bench.port, lastGet);
    await waitUntil('one to wait', () => queued(bench.gateway.adminPort, 1));
    expect(await exchangeRaw(bench.port, lastGet)).toMatch(/^HTTP\/1\.1 503 [\s\S]*at_capacity/);
    const given = { code: 'no_ready_replica', message: 'No replica is ready.', retryAfterSeconds: 2 };
    scheduler.send({ type: 'table', table: aTable([], { targets: [], unavailable: given }) });
    expect(await waiting).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nretry-after: 2\r\n[\s\S]*No replica is ready\./);
  });
});

async function queued(adminPort: number, count: number): Promise<boolean> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  return Number(/^sconce_gateway_queued\{[^}]*\} (\d+)$/m.exec(text)?.[1]) === count;
}
