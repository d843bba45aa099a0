import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { aTable, startBench } from './gateway-bench.ts';
import { RawClient, until } from './raw-client.ts';
import { RawReplica, startEcho, startHttpReplica } from './raw-replica.ts';

const host = 'Host: echo.test\r\n';

/** In pieces too small to stop the gateway's reading while one of them waits to be sent. */
async function writeInPieces(socket: Socket, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += 20_000) {
    if (!socket.write(bytes.subarray(at, at + 20_000))) await once(socket, 'drain');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function dechunk(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, end), 16);
    if (size === 0) return Buffer.concat(pieces);
    pieces.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

describe('bodies', () => {
  it('carries megabytes both ways, length and chunked, unchanged', async () => {
    await using replica = await startHttpReplica((request, response) => {
      const { 'transfer-encoding': coding, 'content-length': length } = request.headers;
      response.writeHead(200, length ? { 'content-length': length, 'x-got': 'length' } : { 'x-got': String(coding) });
      request.pipe(response);
    });
    await using bench = await startBench({ table: aTable([replica.port]) });
    const agent = new Agent({ keepAlive: true });
    const body = randomBytes(5_000_000);
    const sum = createHash('sha256').update(body).digest('hex');
    for (const headers of [{ 'content-length': body.length }, {}] as const) {
      const request = httpRequest({
        port: bench.port,
        method: 'POST',
        path: '/',
        headers: { host: 'echo.test', ...headers },
        agent,
      });
      for (let at = 0; at < body.length; at += 77_777) request.write(body.subarray(at, at + 77_777));
      request.end();
      const [response] = await once(request, 'response');
      const hash = createHash('sha256');
      for await (const bytes of response) hash.update(bytes);
      expect(hash.digest('hex')).toBe(sum);
      expect(response.headers['x-got']).toBe('content-length' in headers ? 'length' : 'chunked');
      expect(response.headers['content-length' in headers ? 'content-length' : 'transfer-encoding']).toBeDefined();
    }
    agent.destroy();
  });

  it('a slow client holds back the replica, not the gateway’s memory', async () => {
    let written = 0;
    await using replica = await startHttpReplica(async (_request, response) => {
      const piece = Buffer.alloc(64 * 1024, 'x');
      response.writeHead(200, { 'content-length': String(64 * 1024 * 2_000) });
      for (let i = 0; i < 2_000 && !response.destroyed; i += 1) {
        if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve));
        written += piece.length;
      }
      response.end();
    });
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.socket.pause();
    client.send(`GET / HTTP/1.1\r\n${host}\r\n`);
    let last = -1;
    // It has stopped when a whole 200 ms bring nothing new.
    await until(
      () => written > 0,
      () => 'bytes',
    );
    while (written !== last) {
      last = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(written).toBeLessThan(30 * 1024 * 1024);
    let got = 0;
    client.socket.on('data', (bytes) => {
      got += bytes.length;
    });
    client.received = '';
    client.socket.resume();
    await until(
      () => got > 64 * 1024 * 2_000,
      () => `whole answer, only ${got}`,
    );
  });

  it.each(['length', 'chunked', 'tunnel'])(
    'a client that takes its answer in gulps gets it unchanged (%s)',
    async (how) => {
      const body = randomBytes(12_000_000);
      const heads = {
        length: `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`,
        chunked: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`,
        tunnel: 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: custom\r\n\r\n',
      };
      await using replica = await RawReplica.start((connection) => {
        connection.socket.write(heads[how as keyof typeof heads]);
        void writeInPieces(connection.socket, body).then(() => {
          if (how === 'chunked') connection.socket.write('\r\n0\r\n\r\n');
        });
      });
      await using bench = await startBench({ table: aTable([replica.port]) });
      using client = await RawClient.open(bench.port);
      client.socket.removeAllListeners('data');
      const pieces: Buffer[] = [];
      let size = 0;
      client.socket.on('data', (bytes: Buffer) => {
        pieces.push(bytes);
        size += bytes.length;
        // Long enough for the gateway's side to fill up again and again.
        client.socket.pause();
        setTimeout(() => client.socket.resume(), 2);
      });
      client.send(
        `GET / HTTP/1.1\r\n${host}${how === 'tunnel' ? 'Connection: upgrade\r\nUpgrade: custom\r\n' : ''}\r\n`,
      );
      const isWhole = () =>
        how === 'chunked'
          ? pieces.at(-1)?.toString('latin1').endsWith('0\r\n\r\n') === true
          : size >= body.length + (pieces[0]?.indexOf('\r\n\r\n') ?? 0) + 4;
      await until(
        () => size > body.length && isWhole(),
        () => `end, only ${size}`,
      );
      const all = Buffer.concat(pieces);
      const at = all.indexOf('\r\n\r\n') + 4;
      expect((how === 'chunked' ? dechunk(all.subarray(at)) : all.subarray(at)).equals(body)).toBe(true);
    },
  );

  it.each(['length', 'chunked', 'tunnel'])(
    'a replica that takes an upload in gulps gets it unchanged (%s)',
    async (how) => {
      const pieces: Buffer[] = [];
      await using replica = await RawReplica.start((connection) => {
        if (connection.socket.listenerCount('data') > 1) return;
        connection.socket.on('data', (bytes: Buffer) => {
          pieces.push(bytes);
          connection.socket.pause();
          setTimeout(() => connection.socket.resume(), 2);
        });
        if (how === 'tunnel')
          connection.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: custom\r\n\r\n');
      });
      await using bench = await startBench({ table: aTable([replica.port]) });
      using client = await RawClient.open(bench.port);
      const body = randomBytes(12_000_000);
      const chunks = [body.subarray(0, 100_000), body.subarray(100_000, 4_000_000), body.subarray(4_000_000)];
      if (how === 'tunnel') client.send(`GET / HTTP/1.1\r\n${host}Connection: upgrade\r\nUpgrade: custom\r\n\r\n`);
      else if (how === 'chunked') client.send(`POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`);
      else client.send(`POST / HTTP/1.1\r\n${host}Content-Length: ${body.length}\r\n\r\n`);
      await replica.until('\r\n\r\n');
      if (how === 'tunnel') await client.until('101');
      for (const chunk of chunks) {
        if (how === 'chunked') client.send(`${chunk.length.toString(16)}\r\n`);
        await writeInPieces(client.socket, chunk);
        if (how === 'chunked') client.send('\r\n');
      }
      if (how === 'chunked') client.send('0\r\n\r\n');
      const size = () => pieces.reduce((sum, piece) => sum + piece.length, 0);
      const isWhole = () =>
        how === 'chunked'
          ? pieces.at(-1)?.toString('latin1').endsWith('\r\n0\r\n\r\n') === true
          : size() === body.length;
      await until(
        () => size() >= body.length && isWhole(),
        () => `end, only ${size()}`,
      );
      const all = Buffer.concat(pieces);
      expect((how === 'chunked' ? dechunk(all) : all).equals(body)).toBe(true);
    },
  );

  it('a slow replica holds back the client', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send(`POST / HTTP/1.1\r\n${host}Content-Length: 200000000\r\n\r\n`);
    const connection = await replica.until('\r\n\r\n');
    connection.socket.pause();
    let sent = 0;
    const piece = Buffer.alloc(1024 * 1024, 'x');
    while (sent < 100_000_000) {
      if (!client.socket.write(piece)) {
        const drained = await Promise.race([
          once(client.socket, 'drain').then(() => true),
          new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 300)),
        ]);
        if (!drained) break;
      }
      sent += piece.length;
    }
    expect(sent).toBeLessThan(40_000_000);
  });

  it('events of a stream arrive when they are sent', async () => {
    let send: (text: string) => void = () => {};
    await using replica = await startHttpReplica((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      send = (text) => response.write(text);
    });
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send(`GET / HTTP/1.1\r\n${host}\r\n`);
    await client.until('event-stream');
    // Each is there before the next one is sent: none waits for more to come.
    for (let event = 0; event < 50; event += 1) {
      send(`data: ${event}-\n\n`);
      await client.until(`data: ${event}-\n\n`);
    }
  });

  it('100-continue goes through, both its yes and its no', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send(`POST / HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    const connection = await replica.until('expect: 100-continue\r\n\r\n');
    expect(client.received).toBe('');
    connection.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    client.send('hello');
    await replica.until('hello');
    connection.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    await client.until('200 OK');

    using refused = await RawClient.open(bench.port);
    refused.send(`POST / HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    await until(
      () => replica.connections.some((each) => each.received.split('expect').length === (each === connection ? 3 : 2)),
      () => 'second',
    );
    for (const each of replica.connections) each.socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
    const answer = await refused.ended();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/\r\nconnection: close\r\n/);
  });

  it('an early answer reaches a client that is still sending', async () => {
    await using replica = await RawReplica.start((connection) => {
      if (connection.received.includes('\r\n\r\n') && connection.socket.writable)
        connection.socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig');
    });
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send(`POST / HTTP/1.1\r\n${host}Content-Length: 50000000\r\n\r\n`);
    const piece = Buffer.alloc(64 * 1024, 'x');
    for (let i = 0; i < 40; i += 1) client.socket.write(piece);
    const answer = await client.ended();
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close\r\n\r\nbig$/);
    expect(client.error).toBeNull();
  });

  it('answers several requests of one connection in their order', async () => {
    await using echo = await startEcho();
    await using bench = await startBench({ table: aTable([echo.port]) });
    using client = await RawClient.open(bench.port);
    let text = '';
    for (let i = 0; i < 40; i += 1) {
      const body = i % 3 === 0 ? '' : `body-${i}`;
      text +=
        body === ''
          ? `GET /${i} HTTP/1.1\r\n${host}\r\n`
          : `POST /${i} HTTP/1.1\r\n${host}Content-Length: ${body.length}\r\n\r\n${body}`;
      if (i % 7 === 0) text += 'GET /nowhere HTTP/1.1\r\nHost: unknown\r\n\r\n';
    }
    client.send(text);
    await client.until('"url":"/39"');
    const order = [...client.received.matchAll(/"url":"\/(\d+)"|route_unknown","requestId/g)].map(
      (match) => match[1] ?? 'unknown',
    );
    const expected = Array.from({ length: 40 }, (_, i) => (i % 7 === 0 ? [`${i}`, 'unknown'] : [`${i}`])).flat();
    expect(order).toEqual(expected);
  });
});

describe('upgrades', () => {
  it('carries an upgraded protocol both ways, early bytes and half-closes included', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send(`GET /chat HTTP/1.1\r\n${host}Connection: keep-alive, Upgrade\r\nUpgrade: custom/1\r\n\r\nearly`);
    const connection = await replica.until('\r\n\r\n');
    expect(connection.received).toMatch(/\r\nconnection: upgrade\r\nupgrade: custom\/1\r\n/);
    expect(connection.received).not.toContain('early');
    connection.socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: custom/1\r\nX-A: 1\r\n\r\nhello',
    );
    await replica.until('early');
    expect(await client.until('hello')).toMatch(
      /^HTTP\/1\.1 101 Switching Protocols\r\nX-A: 1\r\nconnection: upgrade\r\nupgrade: custom\/1\r\nx-sconce-release: r12\r\n/,
    );
    client.send('GET / HTTP/1.1\r\n\r\n\0\xff');
    await replica.until('\0\xff');
    client.socket.end();
    await until(
      () => connection.isGone,
      () => 'half-close at the replica',
    );
    connection.socket.end('last words');
    expect(await client.ended()).toContain('last words');
  });

  it('an upgrade that is declined is an ordinary exchange', async () => {
    await using echo = await startEcho();
    await using bench = await startBench({ table: aTable([echo.port]) });
    using client = await RawClient.open(bench.port);
    client.send(
      `GET /1 HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: custom\r\n\r\nGET /2 HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
    );
    const answer = await client.ended();
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  it('the death of either side is the end of the other', async () => {
    await using replica = await RawReplica.start((connection) => {
      if (connection.received.endsWith('\r\n\r\n')) {
        connection.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: custom\r\n\r\n');
      }
    });
    await using bench = await startBench({ table: aTable([replica.port]) });
    const open = async () => {
      const client = await RawClient.open(bench.port);
      client.send(`GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: custom\r\n\r\n`);
      await client.until('101');
      return client;
    };
    using first = await open();
    replica.connections[0]?.socket.resetAndDestroy();
    await until(
      () => first.isClosed,
      () => 'end of the client',
    );
    using second = await open();
    second.socket.resetAndDestroy();
    await until(
      () => replica.connections[1]?.isGone === true,
      () => 'end of the replica',
    );
  });
});
