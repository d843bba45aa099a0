import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { makeAddressReader } from './addresses.ts';

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

describe('where a request came from', () => {
  it('is the peer, whatever it says, where no proxy is trusted', () => {
    const read = makeAddressReader([]);
    expect(read(from('::ffff:192.0.2.1', '203.0.113.9'))).toBe('192.0.2.1');
    expect(read(from('2001:db8::1'))).toBe('2001:db8::1');
  });

  it('is the last address that a trusted proxy vouches for', () => {
    const read = makeAddressReader(['10.0.0.0/8', '2001:db8:1::/48', '192.0.2.7']);
    expect(read(from('10.1.2.3', '203.0.113.9'))).toBe('203.0.113.9');
    expect(read(from('10.1.2.3', '198.51.100.1, 203.0.113.9, 192.0.2.7'))).toBe('203.0.113.9');
    expect(read(from('2001:db8:1::9', '2001:db8:2::5'))).toBe('2001:db8:2::5');
    expect(read(from('10.1.2.3', 'junk, 10.9.9.9'))).toBe('10.1.2.3');
    expect(read(from('198.51.100.1', '203.0.113.9'))).toBe('198.51.100.1');
  });

  it.each(['proxy.example', '10.0.0.0/40', '10.0.0.0/x', ''])('cannot be read through %j', (text) =>
    expect(() => makeAddressReader([text])).toThrow('no address'),
  );
});
