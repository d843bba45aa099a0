import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aRoute, type Bench, startBench } from './gateway-bench.ts';
import { exchangeRaw, RawClient } from './raw-client.ts';
import { answering, RawReplica, startEcho } from './raw-replica.ts';

let replica: RawReplica;
let bench: Bench;
/** Everything that ever reached the replica, request after request. */
let reached = '';

beforeAll(async () => {
  replica = await RawReplica.start((connection) => {
    reached += connection.received;
    answering('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')(connection);
  });
  const other = aRoute([replica.port], {
    service: 'svc_other',
    hosts: ['other.test'],
    pathPrefix: '/p/e/other',
    name: 'p/e/other',
  });
  bench = await startBench({ table: { version: 1, routes: [aRoute([replica.port]), other] } });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await replica[Symbol.asyncDispose]();
});

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: other.test\r\n\r\n';
const host = 'Host: echo.test\r\n';
const get = (headers: string) => `GET / HTTP/1.1\r\n${headers}\r\n`;
const post = (headers: string, body: string) => `POST / HTTP/1.1\r\n${host}${headers}\r\n${body}`;

const refusals: [name: string, bytes: string, status: number, code: string][] = [
  ['two Hosts', get(`${host}Host: other.test\r\n`), 400, 'host_invalid'],
  ['two equal Hosts', get(`${host}${host}`), 400, 'host_invalid'],
  ['no Host', get('Accept: */*\r\n'), 400, 'host_invalid'],
  ['an empty Host', get('Host:\r\n'), 400, 'host_invalid'],
  ['a Host list', get('Host: echo.test, other.test\r\n'), 400, 'host_invalid'],
  ['a Host with a path', get('Host: echo.test/x\r\n'), 400, 'host_invalid'],
  ['a Host with user info', get('Host: a@echo.test\r\n'), 400, 'host_invalid'],
  ['a Host with two ports', get('Host: echo.test:1:2\r\n'), 400, 'host_invalid'],
  ['a Host with a strange port', get('Host: echo.test:80x\r\n'), 400, 'host_invalid'],
  ['an absolute form of another host', `GET http://other.test/ HTTP/1.1\r\n${host}\r\n`, 400, 'host_invalid'],
  ['an absolute form of another port', `GET http://echo.test:81/ HTTP/1.1\r\n${host}\r\n`, 400, 'host_invalid'],
  ['an absolute form with user info', `GET http://a@echo.test/ HTTP/1.1\r\n${host}\r\n`, 400, 'host_invalid'],
  ['an absolute form of another scheme', `GET ftp://echo.test/ HTTP/1.1\r\n${host}\r\n`, 400, 'target_invalid'],
  [
    'length and chunked',
    post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${smuggled}`),
    400,
    'content_length_invalid',
  ],
  [
    'chunked and length',
    post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', `0\r\n\r\n${smuggled}`),
    400,
    'content_length_invalid',
  ],
  ['two lengths', post('Content-Length: 0\r\nContent-Length: 44\r\n', smuggled), 400, 'content_length_invalid'],
  ['two equal lengths', post('Content-Length: 2\r\nContent-Length: 2\r\n', 'ab'), 400, 'content_length_invalid'],
  ['a list of lengths', post('Content-Length: 2, 2\r\n', 'ab'), 400, 'content_length_invalid'],
  ['a signed length', post('Content-Length: +2\r\n', 'ab'), 400, 'content_length_invalid'],
  ['a negative length', post('Content-Length: -1\r\n', smuggled), 400, 'content_length_invalid'],
  ['a hexadecimal length', post('Content-Length: 0x2\r\n', 'ab'), 400, 'content_length_invalid'],
  ['an empty length', post('Content-Length:\r\n', 'ab'), 400, 'content_length_invalid'],
  ['a huge length', post('Content-Length: 99999999999999999999\r\n', 'ab'), 400, 'content_length_invalid'],
  ['a length with a space inside', post('Content-Length: 1 1\r\n', 'ab'), 400, 'content_length_invalid'],
  ['an underscored length', post('Content_Length: 44\r\n', smuggled), 400, 'header_malformed'],
  ['an underscored coding', post('Transfer_Encoding: chunked\r\n', `0\r\n\r\n${smuggled}`), 400, 'header_malformed'],
  ['another coding', post('Transfer-Encoding: identity\r\n', smuggled), 400, 'transfer_encoding_invalid'],
  ['a coding list', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 400, 'transfer_encoding_invalid'],
  ['chunked twice', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), 400, 'transfer_encoding_invalid'],
  [
    'two codings',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'),
    400,
    'transfer_encoding_invalid',
  ],
  ['a misspelt coding', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), 400, 'transfer_encoding_invalid'],
  ['a coding after a vertical tab', post('Transfer-Encoding:\x0bchunked\r\n', '0\r\n\r\n'), 400, 'header_malformed'],
  ['a quoted coding', post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n'), 400, 'transfer_encoding_invalid'],
  [
    'chunked on HTTP/1.0',
    `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    'transfer_encoding_invalid',
  ],
  ['a folded header', get(`${host}X-A: 1\r\n 2\r\n`), 400, 'header_malformed'],
  ['a folded coding', post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n'), 400, 'header_malformed'],
  ['a folded first line', `GET / HTTP/1.1\r\n X-A: 1\r\n${host}\r\n`, 400, 'header_malformed'],
  ['a space before a colon', post('Content-Length : 44\r\n', smuggled), 400, 'header_malformed'],
  ['a tab before a colon', post('Transfer-Encoding\t: chunked\r\n', '0\r\n\r\n'), 400, 'header_malformed'],
  ['a header without a colon', get(`${host}nonsense\r\n`), 400, 'header_malformed'],
  ['a header without a name', get(`${host}: x\r\n`), 400, 'header_malformed'],
  [
    'a bare LF between headers',
    `GET / HTTP/1.1\r\n${host}X: 1\nContent-Length: 44\r\n\r\n${smuggled}`,
    400,
    'header_malformed',
  ],
  ['bare LFs before a right request', 'GET / HTTP/1.1\nHost: echo.test\n\n', 400, 'request_line_malformed'],
  ['a bare CR in a value', get(`${host}X: 1\rContent-Length: 44\r\n`), 400, 'header_malformed'],
  ['a NUL in a value', get(`${host}X: 1\0\r\n`), 400, 'header_malformed'],
  ['a byte above ASCII in a name', get(`${host}X\xe9: 1\r\n`), 400, 'header_malformed'],
  ['CONNECT', 'CONNECT echo.test:80 HTTP/1.1\r\nHost: echo.test\r\n\r\n', 405, 'method_refused'],
  ['TRACE', `TRACE / HTTP/1.1\r\n${host}\r\n`, 405, 'method_refused'],
  ['a method with a colon', `GE:T / HTTP/1.1\r\n${host}\r\n`, 400, 'request_line_malformed'],
  ['two spaces', `GET  / HTTP/1.1\r\n${host}\r\n`, 400, 'request_line_malformed'],
  ['a tab between', `GET\t/ HTTP/1.1\r\n${host}\r\n`, 400, 'request_line_malformed'],
  ['a space in the target', `GET /a b HTTP/1.1\r\n${host}\r\n`, 400, 'request_line_malformed'],
  ['a leading space', ` GET / HTTP/1.1\r\n${host}\r\n`, 400, 'request_line_malformed'],
  ['HTTP/0.9', 'GET /\r\n\r\n', 400, 'request_line_malformed'],
  ['HTTP/2.0', `GET / HTTP/2.0\r\n${host}\r\n`, 505, 'version_unsupported'],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'version_unsupported'],
  ['HTTP/1.2', `GET / HTTP/1.2\r\n${host}\r\n`, 505, 'version_unsupported'],
  ['http in lower case', `GET / http/1.1\r\n${host}\r\n`, 400, 'request_line_malformed'],
  ['a fragment', `GET /a#b HTTP/1.1\r\n${host}\r\n`, 400, 'target_invalid'],
  ['a raw byte above ASCII', `GET /\xff HTTP/1.1\r\n${host}\r\n`, 400, 'target_invalid'],
  ['a target without a slash', `GET x HTTP/1.1\r\n${host}\r\n`, 400, 'target_invalid'],
  ['* without OPTIONS', `GET * HTTP/1.1\r\n${host}\r\n`, 400, 'target_invalid'],
  [
    'Connection that names the length',
    post('Connection: content-length\r\nContent-Length: 44\r\n', smuggled),
    400,
    'connection_invalid',
  ],
  [
    'Connection that names the coding',
    post('Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    400,
    'connection_invalid',
  ],
  ['Connection that names the host', get(`${host}Connection: host\r\n`), 400, 'connection_invalid'],
  [
    'Connection that names the forwarded chain',
    get(`${host}Connection: close, X-Forwarded-For\r\n`),
    400,
    'connection_invalid',
  ],
  [
    'Connection that names the authorization',
    get(`${host}Connection: authorization\r\nAuthorization: x\r\n`),
    400,
    'connection_invalid',
  ],
  [
    'Connection that names a cookie by underscore',
    get(`${host}Connection: x_forwarded_proto\r\n`),
    400,
    'connection_invalid',
  ],
  ['Connection that holds no name', get(`${host}Connection: "a b"\r\n`), 400, 'connection_invalid'],
  ['an unknown expectation', post('Expect: 200-ok\r\nContent-Length: 2\r\n', 'ab'), 417, 'expectation_failed'],
  ['a long request line', `GET /${'a'.repeat(9_000)} HTTP/1.1\r\n${host}\r\n`, 414, 'target_too_long'],
  ['an endless request line', `GET /${'a'.repeat(9_000)}`, 414, 'target_too_long'],
  ['large headers', get(`${host}X: ${'a'.repeat(40_000)}\r\n`), 431, 'headers_too_large'],
  ['endless headers', `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(40_000)}`, 431, 'headers_too_large'],
  ['many headers', get(`${host}${'X: 1\r\n'.repeat(101)}`), 431, 'headers_too_many'],
  ['TLS', '\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03\r\n\r\n', 400, 'request_line_malformed'],
  ['a path that climbs out', 'GET /p/e/echo/../other/x HTTP/1.1\r\nHost: gw\r\n\r\n', 400, 'path_leaves_service'],
  [
    'an encoded path that climbs out',
    'GET /p/e/echo/%2e%2e/other/x HTTP/1.1\r\nHost: gw\r\n\r\n',
    400,
    'path_leaves_service',
  ],
  [
    'a mixed path that climbs out',
    'GET /p/e/echo/a/..//..\\..%2fother HTTP/1.1\r\nHost: gw\r\n\r\n',
    400,
    'path_leaves_service',
  ],
  ['a path that climbs in', 'GET /x/../p/e/echo/ HTTP/1.1\r\nHost: gw\r\n\r\n', 404, 'route_unknown'],
  ['an encoded prefix', 'GET /p/e/%65cho/ HTTP/1.1\r\nHost: gw\r\n\r\n', 404, 'route_unknown'],
  ['a doubled slash before a prefix', 'GET //p/e/echo/ HTTP/1.1\r\nHost: gw\r\n\r\n', 404, 'route_unknown'],
];

describe('requests that two servers could read differently', () => {
  it.each(refusals)('%s', async (_name, bytes, status, code) => {
    reached = '';
    // What is not closed after the refusal would answer the second request too.
    const answer = await exchangeRaw(
      bench.port,
      code === 'route_unknown' || code === 'path_leaves_service'
        ? bytes.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
        : `${bytes}${smuggled}`,
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.match(/^HTTP\/1\.1 \d/gm)).toHaveLength(1);
    expect(answer).toMatch(/\r\nconnection: close\r\n/);
    const problem = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
    expect(problem).toMatchObject({ status, code, hint: expect.any(String), requestId: expect.any(String) });
    expect(answer.length).toBeLessThan(1_200);
    expect(reached).toBe('');
  });

  const chunkings: [name: string, body: string][] = [
    ['an extension', '2;a=b\r\nab\r\n0\r\n\r\n'],
    ['an extension with a bare LF', '2;a\nb\r\nab\r\n0\r\n\r\n'],
    ['a space after the size', '2 \r\nab\r\n0\r\n\r\n'],
    ['a tab before the size', '\t2\r\nab\r\n0\r\n\r\n'],
    ['a 0x size', '0x2\r\nab\r\n0\r\n\r\n'],
    ['a signed size', '+2\r\nab\r\n0\r\n\r\n'],
    ['a negative size', '-2\r\nab\r\n0\r\n\r\n'],
    ['an empty size', '\r\nab\r\n0\r\n\r\n'],
    ['a size that wraps', '100000002\r\nab\r\n0\r\n\r\n'],
    ['LF after the size', '2\nab\r\n0\r\n\r\n'],
    ['CR CR LF after the size', '2\r\r\nab\r\n0\r\n\r\n'],
    ['no CRLF after the data', '2\r\nab0\r\n\r\n'],
    ['LF after the data', '2\r\nab\n0\r\n\r\n'],
    ['data longer than its size', '2\r\nabc\r\n0\r\n\r\n'],
    ['two bytes that are not CRLF after the data', '2\r\nabXX0\r\n\r\n'],
    ['a trailer that is a length', '0\r\nContent-Length: 44\r\n\r\n'],
    ['a trailer that is a host', '0\r\nHost: other.test\r\n\r\n'],
    ['a trailer that forwards', '0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n'],
    ['a folded trailer', '0\r\nX-A: 1\r\n 2\r\n\r\n'],
    ['a trailer with LF', '0\r\nX-A: 1\n\r\n'],
    ['endless trailers', `0\r\n${`X-A: ${'a'.repeat(1000)}\r\n`.repeat(10)}\r\n`],
  ];

  it.each(chunkings)('chunks with %s', async (_name, body) => {
    reached = '';
    const answer = await exchangeRaw(bench.port, `${post('Transfer-Encoding: chunked\r\n', body)}${smuggled}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/"code":"(?:chunk|header)_malformed"/);
    expect(answer.match(/^HTTP\/1\.1 \d/gm)).toHaveLength(1);
    expect(reached).not.toContain('smuggled');
    // The replica may have seen the beginning, never something that looks complete.
    expect(reached).not.toContain('0\r\n\r\n');
  });

  it('bare LFs alone are refused at once, not waited on', async () => {
    const answer = await exchangeRaw(bench.port, 'GET / HTTP/1.1\nHost: echo.test\n\n');
    expect(answer).toContain('"code":"header_malformed"');
  });

  it('chunks that turn bad later cut the upload and answer 400', async () => {
    reached = '';
    using client = await RawClient.open(bench.port);
    client.send(post('Transfer-Encoding: chunked\r\n', '2\r\nab\r\n'));
    const before = replica.connections.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.send('zz\r\n');
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 (?:400|200) /);
    expect(replica.connections.length).toBeGreaterThanOrEqual(before);
    expect(reached).not.toContain('0\r\n\r\n');
  });
});

describe('requests that are unusual and right', () => {
  const close = 'Connection: close\r\n';
  const fine: [name: string, bytes: string, reaches: string | RegExp][] = [
    [
      'an absolute form of the same host',
      `GET http://ECHO.test/x?y HTTP/1.1\r\n${host}${close}\r\n`,
      'GET /x?y HTTP/1.1\r\nhost: ECHO.test\r\n',
    ],
    [
      'an absolute form with the default port',
      `GET http://echo.test:80 HTTP/1.1\r\n${host}${close}\r\n`,
      'GET / HTTP/1.1\r\nhost: echo.test:80\r\n',
    ],
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${host}${close}\r\n`, 'OPTIONS * HTTP/1.1\r\n'],
    ['one empty line first', `\r\n${get(`${host}${close}`)}`, 'GET / HTTP/1.1\r\n'],
    [
      'HTTP/1.0 without a host, by path',
      'GET /p/e/echo/x HTTP/1.0\r\n\r\n',
      /^GET \/x HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/,
    ],
    ['a final dot', get(`Host: echo.test.\r\n${close}`), 'host: echo.test.\r\n'],
    ['no space after a colon', get(`Host:echo.test\r\nX-A:1\r\n${close}`), 'X-A:1\r\n'],
    ['an own method', `PURGE / HTTP/1.1\r\n${host}${close}\r\n`, 'PURGE / HTTP/1.1\r\n'],
    ['an empty header value', get(`${host}X-A:\r\n${close}`), 'X-A:\r\n'],
    ['bytes above ASCII in a value', get(`${host}X-A: \xe9\r\n${close}`), 'X-A: \xe9\r\n'],
    [
      'a path with dots that stays inside',
      `GET /p/e/echo/a/../b/%2e HTTP/1.1\r\nHost: gw\r\n${close}\r\n`,
      'GET /a/../b/%2e HTTP/1.1\r\n',
    ],
    [
      'an h2c offer',
      get(`${host}Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n`),
      'GET / HTTP/1.1\r\nhost: echo.test\r\nx-forwarded-for',
    ],
    [
      'a chunked body',
      post(`Transfer-Encoding: Chunked\r\n${close}`, '002\r\nab\r\n1\r\nc\r\n0\r\nX-Sum: 1\r\n\r\n'),
      /\r\ntransfer-encoding: chunked\r\n[\s\S]*\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n/,
    ],
    ['Proxy is dropped', get(`${host}Proxy: http://evil\r\n${close}`), /^(?![\s\S]*evil)/],
  ];

  it.each(fine)('%s', async (_name, bytes, reaches) => {
    reached = '';
    const answer = await exchangeRaw(bench.port, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    if (typeof reaches === 'string') expect(reached).toContain(reaches);
    else expect(reached).toMatch(reaches);
  });

  it('reads the same whatever pieces it comes in', async () => {
    const bytes = `${get(host)}${post('Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n')}${post('Content-Length: 5\r\n', 'hello')}${get(`${host}Connection: close\r\n`)}`;
    await using echo = await startEcho();
    await using own = await startBench({ table: { version: 1, routes: [aRoute([echo.port])] } });
    using client = await RawClient.open(own.port);
    for (const byte of bytes) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const answers = await client.ended();
    expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(4);
    expect(answers.match(/"body":"[a-z]*"/g)).toEqual(['"body":""', '"body":"abcde"', '"body":"hello"', '"body":""']);
  });
});
