import { describe, expect, it } from 'vitest';
import { aTable, startBench } from './gateway-bench.ts';
import { exchangeRaw, RawClient, until } from './raw-client.ts';
import { answering, RawReplica } from './raw-replica.ts';

const ok = 'HTTP/1.1 200 OK\r\n';
const smuggled = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil';

describe('answers that are none', () => {
  const lies: [name: string, answer: string][] = [
    ['two lengths', `${ok}Content-Length: 2\r\nContent-Length: 40\r\n\r\nok`],
    ['two equal lengths', `${ok}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`],
    ['length and chunked', `${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ['a strange coding', `${ok}Transfer-Encoding: gzip\r\n\r\nok`],
    ['two codings', `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a coding on HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a length list', `${ok}Content-Length: 2, 2\r\n\r\nok`],
    ['a negative length', `${ok}Content-Length: -2\r\n\r\nok`],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 99 x\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 x\r\n\r\n'],
    ['a status of 600', 'HTTP/1.1 600 x\r\ncontent-length: 0\r\n\r\n'],
    ['two spaces before the status', 'HTTP/1.1  200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['a control character in the reason', 'HTTP/1.1 200 O\x07K\r\ncontent-length: 0\r\n\r\n'],
    ['a folded header', `${ok}X-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n`],
    ['a bare CR', `${ok}X-A: 1\rSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n`],
    ['a bare LF', `${ok}X-A: 1\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n`],
    ['a NUL', `${ok}X-A: 1\0\r\nContent-Length: 0\r\n\r\n`],
    ['a space before the colon', `${ok}Content-Length : 0\r\n\r\n`],
    ['bare LFs only', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
    ['many headers', `${ok}${'X: 1\r\n'.repeat(200)}\r\n`],
    ['endless headers', `${ok}X: ${'a'.repeat(70_000)}`],
    ['a flood of interim answers', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(20)],
    ['an endless interim answer', `HTTP/1.1 103 Early Hints\r\nLink: ${'a'.repeat(70_000)}`],
    [
      'a switch nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    ['more than its length', `${ok}Content-Length: 2\r\n\r\nok${smuggled}`],
    ['more than no content', `HTTP/1.1 204 No Content\r\n\r\n${smuggled}`],
    ['a 204 with a body', 'HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil'],
    ['a 304 with more', `HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n${smuggled}`],
    ['more than its last chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n${smuggled}`],
    ['a broken first chunk', `${ok}Transfer-Encoding: chunked\r\n\r\nxx\r\n`],
    ['Connection that names the length', `${ok}Connection: content-length\r\nContent-Length: 2\r\n\r\nok`],
    [
      'Connection that names the cookie',
      `${ok}Connection: set-cookie\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok`,
    ],
  ];

  it.each(lies)('%s: 502, and the connection is not used again', async (_name, answer) => {
    await using replica = await RawReplica.start(answering(answer));
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send('GET /1 HTTP/1.1\r\nHost: echo.test\r\n\r\n');
    const first = await client.until(/\}\n$/);
    expect(first).toMatch(/^HTTP\/1\.1 502 /m);
    expect(first).toContain('"code":"answer_malformed"');
    expect(first.toLowerCase()).not.toContain('set-cookie:');
    await until(
      () => replica.connections[0]?.isGone === true,
      () => 'end of the connection to the replica',
    );
    client.send('GET /2 HTTP/1.1\r\nHost: echo.test\r\nConnection: close\r\n\r\n');
    expect(await client.ended()).not.toContain('evil');
    expect(replica.connections).toHaveLength(2);
  });

  it('HEAD answered with a body: 502', async () => {
    await using replica = await RawReplica.start(answering(smuggled));
    await using bench = await startBench({ table: aTable([replica.port]) });
    const answer = await exchangeRaw(bench.port, 'HEAD / HTTP/1.1\r\nHost: echo.test\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).toMatch(/\r\n\r\n$/);
  });
});

describe('answers that turn bad after they began', () => {
  const begun: [name: string, pieces: string[]][] = [
    ['a chunk size', [`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`, 'zz\r\n']],
    ['a missing CRLF', [`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok`, 'XX']],
    ['a forbidden trailer', [`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`, '0\r\nSet-Cookie: a=b\r\n\r\n']],
    ['an end before the last chunk', [`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`, 'END']],
    ['an end before the length', [`${ok}Content-Length: 10\r\n\r\nok`, 'END']],
    ['a reset before the length', [`${ok}Content-Length: 10\r\n\r\nok`, 'RESET']],
    ['a reset of what ends by closing', [`${ok}\r\nok`, 'RESET']],
  ];

  it.each(begun)('%s: the client is cut off, and nothing looks complete', async (_name, [first = '', second = '']) => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send('GET / HTTP/1.1\r\nHost: echo.test\r\n\r\n');
    const connection = await replica.until('\r\n\r\n');
    connection.socket.write(first);
    await client.until('ok');
    if (second === 'END') connection.socket.end();
    else if (second === 'RESET') connection.socket.resetAndDestroy();
    else connection.socket.write(second);
    await until(
      () => client.isClosed,
      () => 'cut',
    );
    expect(client.error?.code).toBe('ECONNRESET');
    expect(client.received).not.toContain('0\r\n\r\n');
  });

  it('more than its length, later: the answer stands, the connection does not', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send('GET /1 HTTP/1.1\r\nHost: echo.test\r\n\r\n');
    const connection = await replica.until('\r\n\r\n');
    connection.socket.write(`${ok}Content-Length: 4\r\n\r\nok`);
    await client.until('ok');
    connection.socket.write(`ok${smuggled}`);
    await client.until('okok');
    await until(
      () => connection.isGone,
      () => 'end of the connection to the replica',
    );
    client.send('GET /2 HTTP/1.1\r\nHost: echo.test\r\n\r\n');
    await replica.until('GET /2', 1);
    expect(client.received).not.toContain('evil');
  });

  it('an answer that nobody asked for closes an idle connection', async () => {
    await using replica = await RawReplica.start(answering(`${ok}Content-Length: 2\r\n\r\nok`));
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send('GET /1 HTTP/1.1\r\nHost: echo.test\r\n\r\n');
    await client.until('ok');
    replica.connections[0]?.socket.write(smuggled);
    await until(
      () => replica.connections[0]?.isGone === true,
      () => 'end of the connection to the replica',
    );
    client.send('GET /2 HTTP/1.1\r\nHost: echo.test\r\nConnection: close\r\n\r\n');
    expect(await client.ended()).not.toContain('evil');
  });
});

describe('answers that are unusual and right', () => {
  const get = 'GET / HTTP/1.1\r\nHost: echo.test\r\nConnection: close\r\n\r\n';
  const fine: [name: string, answer: string, request: string, sees: RegExp][] = [
    ['no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', get, /^HTTP\/1\.1 200 \r\n[\s\S]*\r\n\r\nok$/],
    [
      'a 204 that says 0',
      'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
      get,
      /^HTTP\/1\.1 204 No Content\r\n(?![\s\S]*content-length)/i,
    ],
    [
      'a 304 with a length',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
      get,
      /\r\ncontent-length: 9\r\n[\s\S]*\r\n\r\n$/,
    ],
    [
      'a HEAD with a length',
      `${ok}Content-Length: 9\r\n\r\n`,
      get.replace('GET', 'HEAD'),
      /\r\ncontent-length: 9\r\n[\s\S]*\r\n\r\n$/,
    ],
    [
      'a chunked HEAD',
      `${ok}Transfer-Encoding: chunked\r\n\r\n`,
      get.replace('GET', 'HEAD'),
      /\r\ntransfer-encoding: chunked\r\n[\s\S]*\r\n\r\n$/,
    ],
    [
      'an early hint',
      `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`,
      get,
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
    ],
    [
      'a 100 nobody waits for',
      `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`,
      get,
      /^HTTP\/1\.1 200 OK\r\n/,
    ],
    [
      'chunks with a trailer',
      `${ok}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n`,
      get,
      /\r\nTrailer: X-Sum\r\n[\s\S]*\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n$/,
    ],
    [
      'hop-by-hop headers',
      `${ok}Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok`,
      get,
      /^(?![\s\S]*(?:x-hop|keep-alive))[\s\S]*ok$/i,
    ],
    [
      'its own release',
      `${ok}X-Sconce-Release: r1\r\nX-Request-Id: mine\r\nContent-Length: 2\r\n\r\nok`,
      get,
      /^(?![\s\S]*(?:r1\r|mine))[\s\S]*x-sconce-release: r12/,
    ],
    [
      'chunks for HTTP/1.0',
      `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n`,
      'GET / HTTP/1.0\r\nHost: echo.test\r\n\r\n',
      /^(?![\s\S]*transfer-encoding)[\s\S]*\r\n\r\nok!$/i,
    ],
    [
      'a length for HTTP/1.0',
      `${ok}Content-Length: 2\r\n\r\nok`,
      'GET / HTTP/1.0\r\nHost: echo.test\r\n\r\n',
      /\r\nconnection: close\r\n\r\nok$/,
    ],
  ];

  it.each(fine)('%s', async (_name, answer, request, sees) => {
    await using replica = await RawReplica.start(answering(answer));
    await using bench = await startBench({ table: aTable([replica.port]) });
    expect(await exchangeRaw(bench.port, request)).toMatch(sees);
  });

  it('one that ends by closing becomes chunked, and the client connection stays', async () => {
    await using replica = await RawReplica.start((connection) =>
      connection.socket.end('HTTP/1.0 200 OK\r\n\r\nall of it'),
    );
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send('GET / HTTP/1.1\r\nHost: echo.test\r\n\r\n');
    const answer = await client.until('0\r\n\r\n');
    expect(answer).toMatch(/\r\ntransfer-encoding: chunked\r\n[\s\S]*\r\n\r\n9\r\nall of it\r\n0\r\n\r\n$/);
    expect(client.isEnded).toBe(false);
  });

  it('one that comes byte by byte', async () => {
    const text = `HTTP/1.1 103 Early Hints\r\n\r\n${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n`;
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port]) });
    using client = await RawClient.open(bench.port);
    client.send('GET / HTTP/1.1\r\nHost: echo.test\r\n\r\n');
    const connection = await replica.until('\r\n\r\n');
    for (const byte of text) {
      connection.socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await client.until('X-T: 1\r\n\r\n')).split('\r\n\r\n').slice(2).join('|')).toMatch(
      /^(?:[1-3]\r\n[abc]+\r\n)+0\r\nX-T: 1/,
    );
  });
});
