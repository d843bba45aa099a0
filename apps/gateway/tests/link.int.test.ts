import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeScheduler } from './fake-scheduler.ts';
import { aRoute, aTable, startBench } from './gateway-bench.ts';
import { exchangeRaw, RawClient, until } from './raw-client.ts';
import { answering, RawReplica, startEcho } from './raw-replica.ts';

const host = 'Host: echo.test\r\n';
const lastGet = `GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sconce-gateway-link-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const savedVersion = async () =>
  JSON.parse(await readFile(join(directory, 'table.json'), 'utf8').catch(() => '{}')).version;

describe('the link', () => {
  it('says hello, takes a table, acknowledges it once it is served, and keeps it', async () => {
    await using scheduler = await FakeScheduler.start();
    await using echo = await startEcho();
    let id = '';
    {
      await using bench = await startBench({ link: scheduler.link, directory });
      await scheduler.until(() => scheduler.of('load').length > 0, 'hello and load');
      expect(scheduler.authorizations).toEqual(['Bearer a-token-that-is-long-enough']);
      expect(scheduler.messages[0]).toMatchObject({
        type: 'hello',
        protocol: 1,
        version: 0,
        gateway: expect.stringMatching(/^gtw_/),
      });
      expect(scheduler.messages[1]).toMatchObject({ type: 'load', full: true, replicas: [], routes: [] });
      id = scheduler.of('hello')[0]?.gateway ?? '';
      expect(await exchangeRaw(bench.port, lastGet)).toMatch(/^HTTP\/1\.1 404 /);
      const ready = async () => (await fetch(`http://127.0.0.1:${bench.gateway.adminPort}/readyz`)).status;
      expect(await ready()).toBe(503);
      scheduler.send({ type: 'table', table: aTable([echo.port], {}, 7) });
      await scheduler.acked(7);
      expect(await ready()).toBe(200);
      expect(await exchangeRaw(bench.port, lastGet)).toMatch(/^HTTP\/1\.1 200 /);
      const [health] = (
        await exchangeRaw(bench.port, 'GET /.sconce/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      )
        .split('\n')
        .slice(-2);
      expect(JSON.parse(health ?? '')).toMatchObject({ alive: true, tableVersion: 7 });
    }
    expect(await savedVersion()).toBe(7);
    await using again = await startBench({ link: scheduler.link, directory });
    expect(await exchangeRaw(again.port, lastGet)).toMatch(/^HTTP\/1\.1 200 /);
    await scheduler.until(() => scheduler.of('hello').length === 2, 'second hello');
    expect(scheduler.of('hello')[1]).toMatchObject({ gateway: id, version: 7 });
  });

  it('is ready where the scheduler has no table to send, once that was heard', async () => {
    await using scheduler = await FakeScheduler.start();
    await using bench = await startBench({ link: scheduler.link, directory });
    const ready = async () => (await fetch(`http://127.0.0.1:${bench.gateway.adminPort}/readyz`)).status;
    await scheduler.until(() => scheduler.of('hello').length > 0, 'hello');
    expect(await ready()).toBe(503);
    scheduler.send({ type: 'ping' });
    await scheduler.until(() => scheduler.of('pong').length > 0, 'pong');
    expect(await ready()).toBe(200);
  });

  it('refuses what is older or no table, and keeps serving', async () => {
    await using scheduler = await FakeScheduler.start();
    await using echo = await startEcho();
    await using bench = await startBench({ link: scheduler.link, directory });
    await scheduler.until(() => scheduler.of('hello').length === 1, 'hello');
    scheduler.send({ type: 'table', table: aTable([echo.port], {}, 7) });
    await scheduler.acked(7);
    scheduler.send({ type: 'table', table: aTable([], {}, 6) });
    scheduler.sendRaw('{"type":"table","table":{"version":9,"routes":[{"service":"nobody"}]}}');
    scheduler.sendRaw('{"type":"from the future"}');
    scheduler.sendRaw('not json');
    scheduler.send({ type: 'table', table: aTable([echo.port], {}, 7) });
    await scheduler.until(() => scheduler.of('ack').length === 2 || scheduler.of('refused').length === 3, 'answers');
    expect(scheduler.of('refused')).toMatchObject([
      { reason: 'older', current: 7 },
      { reason: 'invalid', current: 7 },
    ]);
    expect(await exchangeRaw(bench.port, lastGet)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('comes back after a cut, fast, and again says everything', async () => {
    await using scheduler = await FakeScheduler.start();
    await using bench = await startBench({ link: scheduler.link, directory, table: aTable([1], {}, 3) });
    await scheduler.until(() => scheduler.of('load').length === 1, 'hello');
    scheduler.cut();
    await scheduler.until(() => scheduler.of('load').filter((load) => load.full).length === 2, 'second hello');
    expect(scheduler.of('load').at(-1)?.replicas).toEqual([
      { id: 'replica-1', inFlight: 0, requests: 0, errors: 0, listed: true },
    ]);
    expect(bench.gateway.tableVersion()).toBe(3);
  });

  it('finds a scheduler that comes later, and one that comes back on the same port', async () => {
    const first = await FakeScheduler.start();
    const { port, link } = first;
    await first[Symbol.asyncDispose]();
    await using bench = await startBench({ link, directory });
    await using later = await FakeScheduler.start(port);
    await later.until(() => later.of('hello').length === 1, 'hello');
    later.send({ type: 'table', table: aTable([], {}, 4) });
    await later.acked(4);
    expect(bench.gateway.tableVersion()).toBe(4);
  });

  it('leaves a scheduler that went silent and links again', async () => {
    await using scheduler = await FakeScheduler.start();
    await using _bench = await startBench({ link: scheduler.link, directory });
    await scheduler.until(() => scheduler.of('hello').length === 1, 'hello');
    scheduler.answersPings = false;
    await scheduler.until(() => scheduler.of('hello').length === 2, 'second hello');
    expect(scheduler.connections).toBe(2);
  });

  it('answers pings', async () => {
    await using scheduler = await FakeScheduler.start();
    await using _bench = await startBench({ link: scheduler.link, directory });
    await scheduler.until(() => scheduler.of('hello').length === 1, 'hello');
    scheduler.send({ type: 'ping' });
    await scheduler.until(() => scheduler.of('pong').length === 1, 'pong');
  });
});

describe('replicas that leave the table', () => {
  it('keep what they have, get nothing new, and are reported when they are through', async () => {
    await using scheduler = await FakeScheduler.start();
    await using old = await RawReplica.start();
    await using fresh = await startEcho('fresh');
    await using bench = await startBench({ link: scheduler.link, directory, table: aTable([old.port], {}, 1) });
    await scheduler.until(() => scheduler.of('hello').length === 1, 'hello');
    using request = await RawClient.open(bench.port);
    request.send(`GET / HTTP/1.1\r\n${host}\r\n`);
    using upgraded = await RawClient.open(bench.port);
    upgraded.send(`GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: custom\r\n\r\n`);
    const tunnel = (await Promise.all([old.until('GET', 0), old.until('GET', 1)])).find((each) =>
      each.received.includes('upgrade: custom'),
    );
    const plain = old.connections.find((each) => each !== tunnel);
    tunnel?.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: custom\r\n\r\n');
    await upgraded.until('101');

    scheduler.send({ type: 'table', table: aTable([fresh.port], {}, 2) });
    await scheduler.acked(2);
    expect(await exchangeRaw(bench.port, lastGet)).toContain('"name":"fresh"');
    await scheduler.until(
      () =>
        scheduler
          .of('load')
          .some((load) =>
            load.replicas.some((each) => each.id === `replica-${old.port}` && !each.listed && each.inFlight === 2),
          ),
      'load',
    );
    plain?.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    await request.until('ok');
    upgraded.send('still here');
    await old.until('still here', old.connections.indexOf(tunnel as (typeof old.connections)[number]));
    expect(scheduler.of('drained')).toEqual([]);
    upgraded.socket.end();
    tunnel?.socket.end();
    await scheduler.until(() => scheduler.of('drained').length === 1, 'drained');
    expect(scheduler.of('drained')).toEqual([{ type: 'drained', replica: `replica-${old.port}` }]);
    await until(
      () => old.connections.every((each) => each.isGone),
      () => 'end of the connections',
    );
  });

  it('with nothing to do are reported at once', async () => {
    await using scheduler = await FakeScheduler.start();
    await using bench = await startBench({ link: scheduler.link, directory, table: aTable([1, 2], {}, 1) });
    await scheduler.until(() => scheduler.of('hello').length === 1, 'hello');
    scheduler.send({ type: 'table', table: aTable([2], {}, 2) });
    await scheduler.until(() => scheduler.of('drained').length === 1, 'drained');
    expect(scheduler.of('drained')[0]?.replica).toBe('replica-1');
    expect(bench.gateway.tableVersion()).toBe(2);
  });

  it('tables swapped under load lose nothing, and no request goes where it should not', async () => {
    await using scheduler = await FakeScheduler.start();
    const echoes = await Promise.all(['a', 'b', 'c', 'd'].map((name) => startEcho(name)));
    await using bench = await startBench({ link: scheduler.link, directory });
    await scheduler.until(() => scheduler.of('hello').length === 1, 'hello');
    let version = 0;
    const publish = async (live: number) => {
      version += 1;
      const port = echoes[live]?.port ?? 0;
      const route = aRoute([port]);
      const targets = route.targets.map((target) => ({ ...target, releaseNumber: version }));
      scheduler.send({
        type: 'table',
        table: { version, routes: [{ ...route, targets, concurrency: version % 2 === 0 ? 3 : null }] },
      });
      await scheduler.acked(version);
    };
    await publish(0);
    let running = true;
    let answered = 0;
    const work = async () => {
      using client = await RawClient.open(bench.port);
      while (running) {
        const least = version;
        client.received = '';
        client.send(`POST /x HTTP/1.1\r\n${host}Content-Length: 4\r\n\r\nbody`);
        const answer = await client.until('"body":"body"}');
        expect(answer).toMatch(/^HTTP\/1\.1 200 /);
        const release = Number(/x-sconce-release: r(\d+)/.exec(answer)?.[1]);
        // `version` is raised before it is sent, so one less is what was acknowledged for sure.
        expect(release).toBeGreaterThanOrEqual(least - 1);
        answered += 1;
      }
    };
    const workers = Array.from({ length: 8 }, work);
    for (let swap = 1; swap <= 60; swap += 1) await publish(swap % 4);
    await until(
      () => answered > 200,
      () => `200 answers, only ${answered}`,
    );
    running = false;
    await Promise.all(workers);
    for (const echo of echoes) await echo[Symbol.asyncDispose]();
  });

  it('requests that wait in line are served by the next table', async () => {
    await using scheduler = await FakeScheduler.start();
    await using old = await RawReplica.start();
    await using fresh = await startEcho('fresh');
    await using bench = await startBench({
      link: scheduler.link,
      directory,
      table: aTable([old.port], { concurrency: 1 }, 1),
    });
    await scheduler.until(() => scheduler.of('hello').length === 1, 'hello');
    using first = await RawClient.open(bench.port);
    first.send(`GET / HTTP/1.1\r\n${host}\r\n`);
    await old.until('GET');
    const waiting = exchangeRaw(bench.port, lastGet);
    await scheduler.until(
      () => scheduler.of('load').some((load) => load.routes.some((route) => route.queued === 1)),
      'queue',
    );
    scheduler.send({ type: 'table', table: aTable([fresh.port], { concurrency: 1 }, 2) });
    expect(await waiting).toContain('"name":"fresh"');
  });

  it('a route that disappears answers those in line', async () => {
    await using scheduler = await FakeScheduler.start();
    await using old = await RawReplica.start();
    await using bench = await startBench({
      link: scheduler.link,
      directory,
      table: aTable([old.port], { concurrency: 1 }, 1),
    });
    await scheduler.until(() => scheduler.of('hello').length === 1, 'hello');
    using first = await RawClient.open(bench.port);
    first.send(`GET / HTTP/1.1\r\n${host}\r\n`);
    const connection = await old.until('GET');
    const waiting = exchangeRaw(bench.port, lastGet);
    await scheduler.until(
      () => scheduler.of('load').some((load) => load.routes.some((route) => route.queued === 1)),
      'queue',
    );
    scheduler.send({ type: 'table', table: { version: 2, routes: [] } });
    expect(await waiting).toMatch(/^HTTP\/1\.1 503 /);
    connection.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    await first.until('ok');
    expect(await exchangeRaw(bench.port, lastGet)).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe('the table on disk', () => {
  it.each(['', '{"version":1,"rou', '{"version":1,"routes":[{}]}', '[]', '\0\0\0\0'])(
    '%j is set aside, and the gateway starts',
    async (text) => {
      await writeFile(join(directory, 'table.json'), text);
      const said: string[] = [];
      const log = {
        debug() {},
        info() {},
        warn() {},
        error: (_fields: object, message: string) => said.push(message),
        child: () => log,
      };
      await using bench = await startBench({ directory, log });
      expect(await exchangeRaw(bench.port, lastGet)).toMatch(/^HTTP\/1\.1 404 /);
      expect(said).toEqual(['the table on disk is corrupt; it is set aside']);
      expect(await readdir(directory)).toEqual([expect.stringMatching(/^table\.json\.corrupt-\d+$/)]);
    },
  );

  it('a half-written new one changes nothing', async () => {
    await using echo = await startEcho();
    await writeFile(join(directory, 'table.json.tmp'), '{"version":9');
    await using bench = await startBench({ directory, table: aTable([echo.port], {}, 8) });
    expect(bench.gateway.tableVersion()).toBe(8);
  });

  it('a disk that cannot be written stops nobody', async () => {
    await using scheduler = await FakeScheduler.start();
    await using replica = await RawReplica.start(answering('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    await using bench = await startBench({ link: scheduler.link, directory });
    await scheduler.until(() => scheduler.of('hello').length === 1, 'hello');
    await rm(directory, { recursive: true });
    await writeFile(directory, 'a file where the folder was');
    scheduler.send({ type: 'table', table: aTable([replica.port], {}, 5) });
    await scheduler.acked(5);
    expect(await exchangeRaw(bench.port, lastGet)).toMatch(/^HTTP\/1\.1 200 /);
  });
});
