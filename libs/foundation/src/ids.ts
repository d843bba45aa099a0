import { randomBytes } from 'node:crypto';
import type { Id } from '@sconce/core';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A new id: 48 bits of milliseconds, then 80 random bits, as 26 characters of Crockford base 32 (the layout of a ULID),
 * so that ids made later sort later.
 */
export function newId<P extends string>(prefix: P, now: number = Date.now()): Id<P> {
  let time = '';
  let rest = now;
  for (let i = 0; i < 10; i += 1) {
    time = alphabet[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let random = '';
  // 256 is a multiple of 32, so the remainder is not biased.
  for (const byte of randomBytes(16)) random += alphabet[byte % 32];
  return `${prefix}_${time}${random}` as Id<P>;
}
