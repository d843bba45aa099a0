import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Malformed } from './malformed.ts';
import { parseResponseHead } from './parse-response-head.ts';

const parse = (head: string, method = 'GET') => parseResponseHead(head, method, 100);

describe('parseResponseHead', () => {
  it('any bytes at all: a head or a refusal, never anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (text) => {
        try {
          parse(`HTTP/1.1 200 OK\r\n${text}\r\n`);
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['HTTP/1.1 200 OK\r\n', 'GET', 'until_close', false],
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n', 'GET', 'length', true],
    ['HTTP/1.0 200 OK\r\nContent-Length: 3\r\n', 'GET', 'length', false],
    ['HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n', 'GET', 'length', true],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n', 'GET', 'chunked', false],
    ['HTTP/1.1 200 OK\r\n', 'HEAD', 'none', true],
    ['HTTP/1.1 204 No Content\r\n', 'GET', 'none', true],
    ['HTTP/1.1 304 Not Modified\r\n', 'GET', 'none', true],
  ])('%j to %s is framed by %s and may be kept: %s', (head, method, framing, keepAlive) => {
    expect(parse(head, method)).toMatchObject({ framing, keepAlive });
  });

  it('reads how long a replica keeps idle connections', () => {
    expect(parse('HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=5\r\n').idleTimeoutMs).toBe(5_000);
    expect(parse('HTTP/1.1 200 OK\r\nKeep-Alive: yes\r\n').idleTimeoutMs).toBeNull();
  });
});
