import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { TokenKind } from '@sconce/core';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const shape = /^sconce_(personal|service|deploy|session|setup)_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/**
 * `sconce_<kind>_<256 random bits in base 62><CRC-32 of all before it>`. The prefix lets scanners find a leaked one, the checksum lets a
 * mistyped or cut one be told without a look at the database.
 */
export function makeTokenText(kind: TokenKind): string {
  const body = `sconce_${kind}_${base62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43)}`;
  return body + checksum(body);
}

/** The kind and the hash that is stored, or null for what cannot be a token of ours. */
export function readTokenText(text: string): { readonly kind: TokenKind; readonly hash: Uint8Array } | null {
  const match = shape.exec(text);
  if (!match || checksum(text.slice(0, -6)) !== match[3]) return null;
  return { kind: match[1] as TokenKind, hash: hashToken(text) };
}

/** 256 random bits need no salt and no slow hash: there is nothing to guess. */
export function hashToken(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

function checksum(body: string): string {
  return base62(BigInt(crc32(body)), 6);
}

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = alphabet[Number(rest % 62n)] + text;
  return text;
}
