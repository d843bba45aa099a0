import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growth } from '../../../../tests/support/growth.ts';
import { parseRequestHead } from './parse-request-head.ts';
import { parseResponseHead } from './parse-response-head.ts';

const token = 'sconce_session_secret';
const linesOf = (block: string) => parseRequestHead(`GET / HTTP/1.1\r\nHost: a\r\n${block}`, 100).lines;
const relayed = (...cookies: string[]) => linesOf(cookies.map((cookie) => `Cookie: ${cookie}\r\n`).join(''));

describe('cookies on their way to a replica', () => {
  it.each([
    [`sconce=${token}`, ''],
    [`__Host-sconce=${token}`, ''],
    [`sconce=${token};`, ''],
    [`a=1; sconce=${token}`, 'Cookie: a=1\r\n'],
    [`sconce=${token}; a=1`, 'Cookie: a=1\r\n'],
    [`a=1; sconce=${token}; b=2`, 'Cookie: a=1; b=2\r\n'],
    [`a=1; sconce=${token}; sconce=${token}; __Host-sconce=${token}; b=2`, 'Cookie: a=1; b=2\r\n'],
    [`a=1;sconce=${token};b=2`, 'Cookie: a=1;b=2\r\n'],
    [`a=1; \t sconce \t=\t${token} ; b=2`, 'Cookie: a=1; b=2\r\n'],
    [`  sconce  =  ${token}  `, ''],
    [`sconce="${token}"`, ''],
    // What is around it was set by a service, so that a reader of quotes takes the session for part of a value.
    [`a="x; sconce=${token}; z=y"`, 'Cookie: a="x; z=y"\r\n'],
    [`$Version=1; sconce="${token}"; $Path="/"`, 'Cookie: $Version=1; $Path="/"\r\n'],
    [`a=b=c; sconce=${token}=; d`, 'Cookie: a=b=c; d\r\n'],
  ])('%j bring no session', (cookie, lines) => {
    expect(relayed(cookie)).toBe(lines);
  });

  it('bring none in any of several headers, however those are written', () => {
    expect(
      linesOf(
        `Cookie: a=1\r\nX-A: sconce=x\r\nCOOKIE:sconce=${token}\r\ncookie:\t__Host-sconce=${token}; b="2"\r\nCookie: c=3\r\n`,
      ),
    ).toBe('Cookie: a=1\r\nX-A: sconce=x\r\ncookie: b="2"\r\nCookie: c=3\r\n');
  });

  it.each([
    'sconces=1; my-sconce=2; sconce-theme=dark; xsconce=3',
    'Sconce=1; SCONCE=2; __host-sconce=3; __Secure-sconce=4; __Host-sconce2=5',
    'a=sconce; b="sconce"; sconce',
    '"sconce"=1;;  ; sconce.sid=s%3A1; =sconce',
    'sconce%3D1; sconce:=2; $sconce=3',
  ])('%j are those of a service, and stay as they are', (cookie) => {
    expect(relayed(cookie)).toBe(`Cookie: ${cookie}\r\n`);
  });

  it('stay byte for byte, whatever they are, when there is no session among them', () => {
    const odd = fc
      .stringMatching(/^(?:[ -:<-~]|[\x80-\xff]|\t){0,30}$/)
      .filter((text) => !/^[\t ]*(?:__Host-)?sconce[\t ]*=/.test(text));
    fc.assert(
      fc.property(fc.array(odd, { maxLength: 8 }), (pairs) => {
        expect(relayed(pairs.join(';'))).toBe(`Cookie: ${pairs.join(';')}\r\n`);
      }),
    );
  });

  it('never bring one, whatever stands around it', () => {
    const piece = fc.constantFrom('"', ';', ' ', '\t', '=', ',', 'a', '\\', '$', 'sconce', '__Host-', ' a="', '"; ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(piece, { maxLength: 12 }), (before, after) => {
        const block = relayed(`${before.join('')}; sconce=${token}; ${after.join('')}`);
        expect(block).not.toContain(token);
      }),
    );
  });

  it('cost time by their length alone', () => {
    const cookie = (size: number) =>
      `${'sconce'.repeat(2 * size)}=1; ${'a;'.repeat(8 * size)} ${'sconce \t'.repeat(size)}`;
    expect(growth((size) => relayed(cookie(size)), 64, 1_024)).toBeLessThan(1.6);
  });
});

describe('cookies that a service sets', () => {
  const answered = (block: string) => parseResponseHead(`HTTP/1.1 200 OK\r\n${block}`, 'GET', 100).lines;

  it.each([
    'sconce=mine; Path=/',
    '__Host-sconce=mine; Secure; Path=/',
    ' \tsconce =mine',
    '=sconce=mine',
    ' = sconce=mine; Domain=example.com',
    'sconce=',
  ])('never replace the session: %j', (value) => {
    expect(answered(`Set-Cookie: a=b\r\nset-cookie:${value}\r\nX: y\r\n`)).toBe('Set-Cookie: a=b\r\nX: y\r\n');
  });

  it.each(['sconces=mine', 'a=sconce; Path=/', 'SCONCE=mine', 'sconce_theme=dark', 'a="sconce=b"', 'a=b; sconce=c'])(
    'are the service’s own otherwise: %j',
    (value) => expect(answered(`Set-Cookie: ${value}\r\n`)).toBe(`Set-Cookie: ${value}\r\n`),
  );
});
