import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { aRoute, aTable, startBench } from './gateway-bench.ts';
import { exchangeRaw } from './raw-client.ts';
import { startEcho, startHttpReplica } from './raw-replica.ts';

const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));

describe('routing', () => {
  it('serves by host, whatever its case and port, and says who answered', async () => {
    await using echo = await startEcho();
    await using bench = await startBench({ table: aTable([echo.port]) });
    const answer = await exchangeRaw(
      bench.port,
      'GET /x/y?z=%2F HTTP/1.1\r\nHost: ECHO.test:7480\r\nX-Request-Id: trace-1\r\nX-Forwarded-For: 9.9.9.9\r\nX_Forwarded_For: 8.8.8.8\r\nForwarded: for=7.7.7.7\r\nX-Real-Ip: 6.6.6.6\r\nX-Forwarded-Prefix: /evil\r\nX-Sconce-Release: r99\r\nConnection: close, X-Private\r\nX-Private: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\nx-sconce-release: r12\r\n/);
    expect(answer).toMatch(/\r\nx-request-id: trace-1\r\n/);
    expect(answer).toMatch(/\r\nconnection: close\r\n/);
    expect(bodyOf(answer)).toEqual({
      name: 'echo',
      method: 'GET',
      url: '/x/y?z=%2F',
      headers: {
        host: 'ECHO.test:7480',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'ECHO.test:7480',
        'x-request-id': 'trace-1',
      },
      body: '',
    });
  });

  it('serves by path, less the prefix, and leaves the rest byte for byte', async () => {
    await using echo = await startEcho();
    await using bench = await startBench({ table: aTable([echo.port]) });
    const answer = await exchangeRaw(
      bench.port,
      'GET /p/e/echo/a%2Fb//c;d?e=/../f&g HTTP/1.1\r\nHost: localhost:7480\r\nConnection: close\r\n\r\n',
    );
    expect(bodyOf(answer)).toMatchObject({
      url: '/a%2Fb//c;d?e=/../f&g',
      headers: { 'x-forwarded-prefix': '/p/e/echo' },
    });
    const root = await exchangeRaw(
      bench.port,
      'GET /p/e/echo?x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(bodyOf(root)).toMatchObject({ url: '/?x' });
  });

  it('says kindly that nothing is here, and keeps the connection', async () => {
    await using bench = await startBench({ table: aTable([1]) });
    const twice = await exchangeRaw(
      bench.port,
      'GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    expect(twice.match(/^HTTP\/1\.1 404 Not Found/gm)).toHaveLength(2);
    expect(twice).toContain('application/problem+json');
    expect(twice).toContain('"hint":"Check the address');
    expect(twice).toMatch(/connection: close\r\n\r\n$/);
  });

  it('explains each of its problems at the address it gives', async () => {
    await using bench = await startBench();
    const ask = (path: string) =>
      exchangeRaw(bench.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const { type } = bodyOf(await ask('/nothing'));
    expect(await ask(type)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*Nothing is served here \(404, route_unknown\)/);
    expect(await ask('/.sconce/problems/constructor')).toMatch(/^HTTP\/1\.1 404 /);
    expect(await ask('/.sconce/anything')).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('keeps the session of the dashboard from every service, and no other cookie', async () => {
    await using echo = await startEcho();
    await using bench = await startBench({ table: aTable([echo.port]) });
    const cookies = 'Cookie: a=1; sconce=secret; b="2"\r\ncookie: __Host-sconce=secret\r\n';
    const answer = await exchangeRaw(
      bench.port,
      `GET / HTTP/1.1\r\nHost: echo.test\r\n${cookies}Connection: close\r\n\r\n`,
    );
    expect(bodyOf(answer).headers.cookie).toBe('a=1; b="2"');
    expect(answer).not.toContain('secret');
  });

  it('makes a request id where none or an odd one was given', async () => {
    await using echo = await startEcho();
    await using bench = await startBench({ table: aTable([echo.port]) });
    const ids = new Set<string>();
    for (const given of ['', 'X-Request-Id: a b"c\r\n', `X-Request-Id: ${'x'.repeat(200)}\r\n`]) {
      const answer = await exchangeRaw(
        bench.port,
        `GET / HTTP/1.1\r\nHost: echo.test\r\nConnection: close\r\n${given}\r\n`,
      );
      const id = /\r\nx-request-id: (\S+)\r\n/.exec(answer)?.[1] ?? '';
      expect(bodyOf(answer).headers['x-request-id']).toBe(id);
      expect(id).toMatch(/^[a-z0-9-]{10,40}$/);
      ids.add(id);
    }
    expect(ids.size).toBe(3);
  });

  it('believes forwarded headers only of proxies it was told to trust', async () => {
    await using echo = await startEcho();
    const request =
      'GET / HTTP/1.1\r\nHost: echo.test\r\nConnection: close\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n\r\n';
    await using trusting = await startBench({ table: aTable([echo.port]), trustedProxies: ['127.0.0.0/8'] });
    expect(bodyOf(await exchangeRaw(trusting.port, request)).headers).toMatchObject({
      'x-forwarded-for': '9.9.9.9, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
    });
    await using wary = await startBench({ table: aTable([echo.port]), trustedProxies: ['10.0.0.0/8'] });
    expect(bodyOf(await exchangeRaw(wary.port, request)).headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'echo.test',
    });
  });

  it('splits by weight and names the release of each answer', async () => {
    await using stable = await startEcho('stable');
    await using canary = await startEcho('canary');
    const [first] = aRoute([stable.port]).targets;
    const [second] = aRoute([canary.port]).targets;
    if (!first || !second) throw new Error('a route has a target');
    const targets = [
      { ...first, releaseNumber: 1, weight: 80 },
      { ...second, release: 'rel_01k00000000000000000000002' as const, releaseNumber: 2, weight: 20 },
    ];
    await using bench = await startBench({ table: { version: 1, routes: [{ ...aRoute([]), targets }] } });
    const counts = { stable: 0, canary: 0 };
    for (let i = 0; i < 300; i += 1) {
      const answer = await exchangeRaw(bench.port, 'GET / HTTP/1.1\r\nHost: echo.test\r\nConnection: close\r\n\r\n');
      const { name } = bodyOf(answer) as { name: keyof typeof counts };
      expect(answer).toContain(name === 'stable' ? 'x-sconce-release: r1\r' : 'x-sconce-release: r2\r');
      counts[name] += 1;
    }
    // 60 expected; five standard deviations either way.
    expect(counts.canary).toBeGreaterThan(25);
    expect(counts.canary).toBeLessThan(95);
  });
});

describe('WebSockets', () => {
  it('echo through the gateway, large frames and the closing handshake included', async () => {
    await using replica = await startHttpReplica((_request, response) => response.end());
    const sockets = new WebSocketServer({ server: replica.server });
    sockets.on('connection', (socket) =>
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
    );
    await using bench = await startBench({ table: aTable([replica.port]) });
    const client = new WebSocket(`ws://127.0.0.1:${bench.port}/p/e/echo/chat`);
    await once(client, 'open');
    const large = Buffer.alloc(3_000_000, 'xyz');
    client.send(large);
    expect(large.equals((await once(client, 'message'))[0])).toBe(true);
    client.send('hello');
    expect(String((await once(client, 'message'))[0])).toBe('hello');
    client.close(4001, 'enough');
    const [code] = await once(client, 'close');
    expect(code).toBe(4001);
    sockets.close();
  });
});

describe('the operators’ port', () => {
  it('shows counts as OpenMetrics', async () => {
    await using echo = await startEcho();
    await using bench = await startBench({ table: aTable([echo.port], {}, 5) });
    await exchangeRaw(bench.port, 'GET / HTTP/1.1\r\nHost: echo.test\r\nConnection: close\r\n\r\n');
    await exchangeRaw(bench.port, 'GET / HTTP/1.1\r\n\r\n');
    const response = await fetch(`http://127.0.0.1:${bench.gateway.adminPort}/metrics`);
    expect(response.headers.get('content-type')).toContain('application/openmetrics-text');
    const text = await response.text();
    expect(text).toContain('sconce_gateway_table_version 5\n');
    expect(text).toContain('sconce_gateway_refused_requests_total{code="host_invalid"} 1\n');
    expect(text).toMatch(/sconce_gateway_answers_total\{service="svc_\w+",name="p\/e\/echo",code="2xx"\} 1\n/);
    expect(text).toMatch(/sconce_gateway_first_byte_seconds_count\{[^}]*\} 1\n/);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });
});
