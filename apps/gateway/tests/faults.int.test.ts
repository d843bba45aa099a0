import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { aRoute, aTable, startBench } from './gateway-bench.ts';
import { exchangeRaw, RawClient, until } from './raw-client.ts';
import { answering, RawReplica, startEcho } from './raw-replica.ts';

const host = 'Host: echo.test\r\n';
const get = `GET / HTTP/1.1\r\n${host}\r\n`;
const lastGet = `GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A port where nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** It listens, and stands still with all places taken that its kernel keeps for connections it has not accepted. */
async function startBusyReplica() {
  const script = `require('node:http').createServer((_, response) => response.end('ok'))
    .listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port); });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(String((await once(child.stdout, 'data'))[0]));
  child.kill('SIGSTOP');
  const waiting: Socket[] = [];
  // One that does not connect on this machine at once finds no place.
  for (let isFull = false; !isFull; ) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    waiting.push(socket);
    isFull = await Promise.race([once(socket, 'connect').then(() => false), pause(300).then(() => true)]);
  }
  return {
    port,
    goOn: () => child.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

describe('clients that leave', () => {
  it.each(['end', 'resetAndDestroy'] as const)('%s while waiting ends the request at the replica', async (how) => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send(get);
    const connection = await replica.until('\r\n\r\n');
    client.socket[how]();
    await until(
      () => connection.isGone,
      () => 'end at the replica',
    );
  });

  it('in the middle of an upload or of an answer, too', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port]) });
    using uploading = await RawClient.open(bench.port);
    uploading.send(`POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`);
    const first = await replica.until('ab\r\n');
    uploading.socket.destroy();
    await until(
      () => first.isGone,
      () => 'end of the upload',
    );
    expect(first.received).not.toContain('0\r\n\r\n');
    using reading = await RawClient.open(bench.port);
    reading.send(get);
    const second = await replica.until('GET', 1);
    second.socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n');
    await reading.until('ok');
    reading.socket.destroy();
    await until(
      () => second.isGone,
      () => 'end of the answer',
    );
  });
});

describe('clients that are slow', () => {
  it('with their headers: 408', async () => {
    await using bench = await startBench({ table: aTable([1]), limits: { headTimeoutMs: 100 } });
    using client = await RawClient.open(bench.port);
    client.send('GET / HTTP/1.1\r\nHost: ec');
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('with their body: 408, and the replica is free again', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port]), limits: { bodyRateWindowMs: 500 } });
    using client = await RawClient.open(bench.port);
    client.send(`POST / HTTP/1.1\r\n${host}Content-Length: 1000\r\n\r\nab`);
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 408 [\s\S]*too slowly/);
    // It may have been given up before there was one.
    await until(
      () => replica.connections.every((each) => each.isGone),
      () => 'end at the replica',
    );
  });

  it('with taking their answer: cut off', async () => {
    await using replica = await RawReplica.start((connection) => {
      connection.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n');
      connection.socket.write(Buffer.alloc(50_000_000));
    });
    await using bench = await startBench({ table: aTable([replica.port]), limits: { writeStallMs: 150 } });
    using client = await RawClient.open(bench.port);
    client.socket.pause();
    client.send(get);
    await until(
      () => replica.connections[0]?.isGone === true,
      () => 'end at the replica',
    );
  });

  it('with their next request: closed without a word', async () => {
    await using bench = await startBench({ limits: { idleTimeoutMs: 100 } });
    using client = await RawClient.open(bench.port);
    expect(await client.ended()).toBe('');
  });
});

describe('replicas that fail', () => {
  it('one that refuses is passed over, whatever the method, and then left alone', async () => {
    const dead = await deadPort();
    await using echo = await startEcho();
    await using bench = await startBench({ table: aTable([dead, echo.port]) });
    const startedAt = performance.now();
    for (let i = 0; i < 20; i += 1) {
      const answer = await exchangeRaw(
        bench.port,
        `POST / HTTP/1.1\r\n${host}Connection: close\r\nContent-Length: 5\r\n\r\nhello`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*"body":"hello"/);
    }
    const metrics = await (await fetch(`http://127.0.0.1:${bench.gateway.adminPort}/metrics`)).text();
    const tried = Number(
      new RegExp(`replica_requests_total\\{[^}]*replica="replica-${dead}"\\} (\\d+)`).exec(metrics)?.[1],
    );
    // After each refusal twice as long as before, a second at first; without that it would be ten times.
    expect(tried).toBeLessThanOrEqual(2 + Math.log2(1 + (performance.now() - startedAt) / 1_000));
  });

  it('all refuse: 503 with Retry-After', async () => {
    await using bench = await startBench({ table: aTable([await deadPort(), await deadPort()]) });
    const answer = await exchangeRaw(bench.port, lastGet);
    expect(answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nretry-after: 1\r\n[\s\S]*replica_unreachable/);
  });

  it('the only one is waited for when it is too busy to take connections for a moment', async () => {
    await using replica = await startBusyReplica();
    const limits = { connectTimeoutMs: 100, lastConnectTimeoutMs: 30_000 };
    await using bench = await startBench({ table: aTable([replica.port]), limits });
    using client = await RawClient.open(bench.port);
    const startedAt = performance.now();
    client.send(lastGet);
    await until(
      () => performance.now() - startedAt > 5 * limits.connectTimeoutMs,
      () => 'longer than another one would be waited for',
    );
    expect(client.received).toBe('');
    replica.goOn();
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('the only one is not waited for for ever', async () => {
    await using replica = await startBusyReplica();
    const limits = { connectTimeoutMs: 50, lastConnectTimeoutMs: 200 };
    await using bench = await startBench({ table: aTable([replica.port]), limits });
    expect(await exchangeRaw(bench.port, lastGet)).toMatch(/^HTTP\/1\.1 503 [\s\S]*replica_unreachable/);
  });

  it('none: 503 with the reason of the route', async () => {
    const unavailable = { code: 'no_gpu_here', message: 'There is no GPU here.', retryAfterSeconds: 30 };
    await using bench = await startBench({ table: aTable([], { unavailable }) });
    const answer = await exchangeRaw(bench.port, lastGet);
    expect(answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nretry-after: 30\r\n[\s\S]*There is no GPU here\./);
  });

  it('no answer in time: 504, and the replica hears that nobody waits', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port], { requestTimeoutMs: 150 }) });
    const answer = await exchangeRaw(bench.port, lastGet);
    expect(answer).toMatch(/^HTTP\/1\.1 504 [\s\S]*"code":"answer_timeout"/);
    await until(
      () => replica.connections[0]?.isGone === true,
      () => 'end at the replica',
    );
  });

  it('a stream that began outlives the timeout', async () => {
    await using replica = await RawReplica.start((connection) =>
      connection.socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n'),
    );
    const requestTimeoutMs = 2_000;
    await using bench = await startBench({ table: aTable([replica.port], { requestTimeoutMs }) });
    const startedAt = performance.now();
    using client = await RawClient.open(bench.port);
    client.send(lastGet);
    await client.until('2\r\nok\r\n');
    await until(
      () => performance.now() - startedAt > requestTimeoutMs + 500,
      () => 'more than the answer may take to begin',
    );
    replica.connections[0]?.socket.write('4\r\nlate\r\n0\r\n\r\n');
    expect(await client.ended()).toContain('4\r\nlate\r\n0\r\n\r\n');
  });

  it('death before an answer on a new connection is not tried again: it may have been the request', async () => {
    await using replica = await RawReplica.start((connection) => connection.socket.destroy());
    await using bench = await startBench({ table: aTable([replica.port]) });
    expect(await exchangeRaw(bench.port, lastGet)).toMatch(/^HTTP\/1\.1 502 [\s\S]*replica_closed/);
    expect(replica.connections).toHaveLength(1);
  });

  /** Answers the first request of its first connection, closes on the second; answers everything on later ones. */
  const closingOnReuse = () => {
    const served = new Map<object, number>();
    let begun = 0;
    return RawReplica.start((connection) => {
      if (!connection.received.includes('\r\n\r\n')) return;
      if (!served.has(connection)) begun += 1;
      const count = (served.get(connection) ?? 0) + 1;
      served.set(connection, count);
      if (begun === 1 && count === 2) connection.socket.resetAndDestroy();
      else answering(ok)(connection);
    });
  };

  const reuses: [name: string, request: string, status: number][] = [
    ['GET is sent again', lastGet, 200],
    [
      'PUT with a small body is sent again, body and all',
      `PUT / HTTP/1.1\r\n${host}Connection: close\r\nContent-Length: 5\r\n\r\nhello`,
      200,
    ],
    ['POST is not', `POST / HTTP/1.1\r\n${host}Connection: close\r\nContent-Length: 5\r\n\r\nhello`, 502],
    [
      'a chunked PUT is not',
      `PUT / HTTP/1.1\r\n${host}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
      502,
    ],
  ];
  it.each(reuses)('an idle connection that closes under a request: %s', async (_name, request, status) => {
    await using replica = await closingOnReuse();
    await using bench = await startBench({ table: aTable([replica.port]) });
    expect(await exchangeRaw(bench.port, lastGet)).toMatch(/^HTTP\/1\.1 200 /);
    const answer = await exchangeRaw(bench.port, request);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(replica.connections).toHaveLength(status === 200 ? 2 : 1);
    if (request.startsWith('PUT') && status === 200) expect(replica.connections[0]?.received).toContain('hello');
  });

  it('a POST whose body was not sent yet is sent again', async () => {
    await using replica = await closingOnReuse();
    await using bench = await startBench({ table: aTable([replica.port]) });
    expect(await exchangeRaw(bench.port, lastGet)).toMatch(/^HTTP\/1\.1 200 /);
    using client = await RawClient.open(bench.port);
    client.send(`POST / HTTP/1.1\r\n${host}Connection: close\r\nContent-Length: 5\r\n\r\n`);
    expect(await client.until('ok')).toMatch(/^HTTP\/1\.1 200 /);
    expect(replica.connections).toHaveLength(2);
  });

  it('an idle connection is not used longer than the replica says it keeps it', async () => {
    await using replica = await RawReplica.start(
      answering('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\ncontent-length: 2\r\n\r\nok'),
    );
    await using bench = await startBench({ table: aTable([replica.port]) });
    await exchangeRaw(bench.port, lastGet);
    await exchangeRaw(bench.port, lastGet);
    expect(replica.connections).toHaveLength(2);
  });

  it('keeps connections to a replica between requests of different clients', async () => {
    await using replica = await RawReplica.start(answering(ok));
    await using bench = await startBench({ table: aTable([replica.port]) });
    for (let i = 0; i < 5; i += 1) await exchangeRaw(bench.port, lastGet);
    expect(replica.connections).toHaveLength(1);
  });
});

describe('limits of a replica', () => {
  it('are kept: the rest waits its turn, first come first served', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port], { concurrency: 1 }) });
    const clients: RawClient[] = [];
    for (let i = 0; i < 4; i += 1) {
      const client = await RawClient.open(bench.port);
      clients.push(client);
      client.send(`GET /${i} HTTP/1.1\r\n${host}\r\n`);
      await metric(bench.gateway.adminPort, i === 0 ? 'in_flight' : 'queued', Math.max(1, i));
    }
    for (let i = 0; i < 4; i += 1) {
      const connection = await replica.until(`GET /${i} `);
      expect(connection.received).not.toContain(`GET /${i + 1} `);
      connection.socket.write(ok);
      await clients[i]?.until('ok');
    }
    expect(replica.connections).toHaveLength(1);
    for (const client of clients) client.socket.destroy();
  });

  it('more than may wait hear 503 with Retry-After; who leaves is not served', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({
      table: aTable([replica.port], { concurrency: 1 }),
      limits: { queuedPerRoute: 2 },
    });
    using first = await RawClient.open(bench.port);
    first.send(`GET /first HTTP/1.1\r\n${host}\r\n`);
    const connection = await replica.until('/first');
    using leaving = await RawClient.open(bench.port);
    leaving.send(`GET /leaving HTTP/1.1\r\n${host}\r\n`);
    await metric(bench.gateway.adminPort, 'queued', 1);
    const waiting = exchangeRaw(bench.port, lastGet.replace('GET /', 'GET /waiting'));
    await metric(bench.gateway.adminPort, 'queued', 2);
    const tooMany = await exchangeRaw(bench.port, lastGet);
    expect(tooMany).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nretry-after: 1\r\n[\s\S]*at_capacity/);
    leaving.socket.destroy();
    await metric(bench.gateway.adminPort, 'queued', 1);
    connection.socket.write(ok);
    await replica.until('/waiting');
    connection.socket.write(ok);
    expect(await waiting).toMatch(/^HTTP\/1\.1 200 /);
    expect(connection.received).not.toContain('/leaving');
  });

  it('who waits too long hears 503 with Retry-After', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({
      table: aTable([replica.port], { concurrency: 1, requestTimeoutMs: 2_000 }),
    });
    using first = await RawClient.open(bench.port);
    first.send(`GET /first HTTP/1.1\r\n${host}\r\n`);
    const connection = await replica.until('/first');
    // It has begun to be answered, so it may take its time.
    connection.socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    await first.until('\r\n\r\n');
    const waiting = await exchangeRaw(bench.port, lastGet);
    expect(waiting).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nretry-after: 1\r\n[\s\S]*No replica had room/);
    connection.socket.write('0\r\n\r\n');
    await first.until('0\r\n\r\n');
  });

  it('the least busy of several gets the next one', async () => {
    await using a = await RawReplica.start();
    await using b = await RawReplica.start();
    await using bench = await startBench({ table: { version: 1, routes: [aRoute([a.port, b.port])] } });
    const clients: RawClient[] = [];
    for (let i = 0; i < 6; i += 1) {
      const client = await RawClient.open(bench.port);
      clients.push(client);
      client.send(get);
      await until(
        () => a.connections.length + b.connections.length === i + 1,
        () => 'connection',
      );
    }
    expect([a.connections.length, b.connections.length]).toEqual([3, 3]);
    for (const client of clients) client.socket.destroy();
  });
});

/** Waits until a gauge of the only route or replica has this value. */
async function metric(adminPort: number, name: string, value: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    const found = new RegExp(`^sconce_gateway_${name}\\{[^}]*\\} (\\d+)$`, 'm').exec(text)?.[1];
    if (Number(found) === value) return;
    if (performance.now() > deadline) throw new Error(`${name} is ${found}, not ${value}`);
  }
}
