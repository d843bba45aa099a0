import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growth } from '../../../../tests/support/growth.ts';
import { Malformed } from './malformed.ts';
import { parseRequestHead } from './parse-request-head.ts';

const parse = (head: string) => parseRequestHead(head, 100);

const name = fc
  .stringMatching(/^[a-z][a-z0-9-]{0,20}$/)
  .filter(
    (text) =>
      !/^(?:x-|te$|host$|upgrade$|expect$|forwarded$|proxy|connection$|content-length$|transfer-encoding$|keep-alive$|http2)/.test(
        text,
      ),
  );
const value = fc.stringMatching(/^[!-~][ -~]{0,30}$/);

describe('parseRequestHead', () => {
  it('hands ordinary headers on as they were sent', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 20 }), (headers) => {
        const lines = headers.map(([key, text]) => `${key}: ${text}\r\n`).join('');
        const half = headers
          .slice(0, headers.length / 2)
          .map(([key, text]) => `${key}: ${text}\r\n`)
          .join('');
        const head = `GET /x HTTP/1.1\r\n${half}HOST: a.b\r\nx-forwarded-for: 1\r\n${lines.slice(half.length)}`;
        expect(parse(head)).toMatchObject({
          lines,
          host: 'a.b',
          forwardedFor: '1',
          method: 'GET',
          target: '/x',
          framing: 'none',
        });
      }),
    );
  });

  it('whatever is put into a head: it is refused, or no line is more than one header', () => {
    const nasty = fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      '\0',
      ' ',
      '\t',
      ':',
      'a',
      'content-length: 1',
      'Host: x',
      'transfer-encoding: chunked',
      '\x0b',
      'é',
      '_',
    );
    fc.assert(
      fc.property(fc.array(nasty, { maxLength: 12 }), (pieces) => {
        const head = `POST / HTTP/1.1\r\nHost: a\r\nX-A: ${pieces.join('')}\r\n`;
        try {
          const parsed = parse(head);
          for (const line of parsed.lines.split('\r\n').slice(0, -1))
            expect(line).toMatch(/^[!#-'*+.^-z|~0-9A-Z-]+:[^\r\n\0]*$/);
          expect(parsed.lines.toLowerCase()).not.toMatch(/^(?:host|content-length|transfer-encoding):/m);
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('any bytes at all: a head or a refusal, never anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (text) => {
        try {
          parse(`${text}\r\n`);
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('checks a head in a time that grows with its size alone', () => {
    const bad = (size: number) => {
      const head = `GET / HTTP/1.1\r\nHost: a\r\n${`x: ${'a'.repeat(3 * size)}\r\n`.repeat(90)}bad${' '.repeat(30 * size)}\n\r\n`;
      expect(() => parse(head)).toThrow(Malformed);
    };
    expect(growth(bad, 13, 208)).toBeLessThan(1.6);
  });

  it.each([
    ['close', false],
    ['keep-alive', true],
    ['', true],
    ['CLOSE', false],
    ['keep-alive, close', false],
  ])('Connection: %s keeps an HTTP/1.1 connection: %s', (connection, kept) => {
    expect(parse(`GET / HTTP/1.1\r\nHost: a\r\nConnection: ${connection}\r\n`).keepAlive).toBe(kept);
  });

  it('keeps an HTTP/1.0 connection only when asked', () => {
    expect(parse('GET / HTTP/1.0\r\n').keepAlive).toBe(false);
    expect(parse('GET / HTTP/1.0\r\nConnection: keep-alive\r\n').keepAlive).toBe(true);
  });

  it('joins what several Connection lines name', () => {
    const head =
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: x-one\r\nX-One: 1\r\nConnection: X-Two\r\nx_two: 2\r\nX-Three: 3\r\n';
    expect(parse(head).lines).toBe('X-Three: 3\r\n');
  });
});
