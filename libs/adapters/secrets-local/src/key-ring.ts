import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/** What a key pair is for. The API process opens variables (it shows them) and never secrets. */
export type Purpose = 'secret' | 'variable';
export const purposes: readonly Purpose[] = ['secret', 'variable'];

export interface KeyEncryptionKey {
  readonly id: string;
  readonly createdAt: string;
  readonly publicKey: KeyObject;
  /** Null where only sealing is possible. */
  readonly privateKey: KeyObject | null;
}

/** Key pairs by purpose, oldest first: the last one seals, each one opens what it sealed. */
export interface KeyRing {
  readonly fingerprintKey: Uint8Array;
  readonly pairs: Readonly<Record<Purpose, readonly KeyEncryptionKey[]>>;
}

/** A keys file or `SCONCE_KEYS` that cannot be used. The message never holds key material. */
export class KeysUnusable extends Error {
  override readonly name = 'KeysUnusable';
}

const format = 'sconce-keys/1';

interface StoredPair {
  readonly id: string;
  readonly createdAt: string;
  readonly publicKey: string;
  readonly privateKey?: string;
}

export function newPair(now: Date): KeyEncryptionKey {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return { id: `kek_${randomBytes(8).toString('hex')}`, createdAt: now.toISOString(), publicKey, privateKey };
}

export function newKeyRing(now: Date): KeyRing {
  return { fingerprintKey: randomBytes(32), pairs: { secret: [newPair(now)], variable: [newPair(now)] } };
}

/** The same ring with private halves only for these purposes: what a process that must not read secrets back is given. */
export function withoutPrivateHalves(ring: KeyRing, without: Purpose): KeyRing {
  return {
    ...ring,
    pairs: { ...ring.pairs, [without]: ring.pairs[without].map((pair) => ({ ...pair, privateKey: null })) },
  };
}

export function encodeKeyRing(ring: KeyRing): string {
  const stored = (pairs: readonly KeyEncryptionKey[]) => pairs.map(toStored);
  return `${JSON.stringify(
    {
      format,
      fingerprintKey: Buffer.from(ring.fingerprintKey).toString('base64url'),
      secret: stored(ring.pairs.secret),
      variable: stored(ring.pairs.variable),
    },
    null,
    2,
  )}\n`;
}

/** @throws KeysUnusable naming `source` and the place in it, never a value. */
export function decodeKeyRing(text: string, source: string): KeyRing {
  const parsed = parseObject(text, source);
  if (parsed.format !== format) throw new KeysUnusable(`${source}: "format" is not ${format}`);
  const fingerprintKey = bytesOf(parsed.fingerprintKey, `${source}: fingerprintKey`);
  const pairs = (purpose: Purpose) => decodePairs(parsed[purpose], purpose, source);
  return { fingerprintKey, pairs: { secret: pairs('secret'), variable: pairs('variable') } };
}

/** The key that new values are sealed for. */
export function sealingKey(ring: KeyRing, purpose: Purpose): KeyEncryptionKey {
  const newest = ring.pairs[purpose].at(-1);
  if (!newest) throw new KeysUnusable(`There is no key pair for ${purpose}s`);
  return newest;
}

/** 12 hex digits of HMAC-SHA256 (RFC 2104) over purpose, owner and value, each with its length so that none runs into the next. */
export function fingerprintOf(ring: KeyRing, purpose: Purpose, owner: string, plaintext: Uint8Array): string {
  const hmac = createHmac('sha256', ring.fingerprintKey);
  return hmac
    .update(`${purpose}\0${Buffer.byteLength(owner)}\0${owner}`)
    .update(plaintext)
    .digest('hex')
    .slice(0, 12);
}

export function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

export function importPublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'X25519', x: Buffer.from(raw).toString('base64url') },
    format: 'jwk',
  });
}

/** RFC 8410: what comes before the 32 bytes of an X25519 key. */
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

function publicHalfOf(privateBytes: Uint8Array): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, privateBytes]), format: 'der', type: 'pkcs8' });
  return rawPublicKey(createPublicKey(key));
}

function toStored(pair: KeyEncryptionKey): StoredPair {
  const half = pair.privateKey?.export({ format: 'jwk' }).d;
  return {
    id: pair.id,
    createdAt: pair.createdAt,
    publicKey: rawPublicKey(pair.publicKey).toString('base64url'),
    ...(half ? { privateKey: half } : {}),
  };
}

function decodePairs(value: unknown, purpose: Purpose, source: string): KeyEncryptionKey[] {
  if (!Array.isArray(value) || value.length === 0) throw new KeysUnusable(`${source}: "${purpose}" holds no key pair`);
  const pairs = value.map((entry: unknown, index) => decodePair(entry, `${source}: ${purpose}[${index}]`));
  if (new Set(pairs.map((pair) => pair.id)).size !== pairs.length)
    throw new KeysUnusable(`${source}: "${purpose}" names a key id twice`);
  return pairs;
}

function decodePair(value: unknown, where: string): KeyEncryptionKey {
  if (typeof value !== 'object' || value === null) throw new KeysUnusable(`${where} is not an object`);
  const { id, createdAt, publicKey, privateKey } = value as Record<string, unknown>;
  if (typeof id !== 'string' || !/^kek_[0-9a-f]{16}$/.test(id)) throw new KeysUnusable(`${where}.id is not a key id`);
  if (typeof createdAt !== 'string') throw new KeysUnusable(`${where}.createdAt is not a time`);
  const privateBytes = privateKey === undefined ? null : bytesOf(privateKey, `${where}.privateKey`);
  // A public half follows from its private one: what can make random bytes, and no curve, can make keys (a Helm chart).
  const publicBytes =
    publicKey === undefined && privateBytes !== null
      ? publicHalfOf(privateBytes)
      : bytesOf(publicKey, `${where}.publicKey`);
  return {
    id,
    createdAt,
    publicKey: importPublicKey(publicBytes),
    privateKey: privateBytes && importPrivateKey(privateBytes, publicBytes, where),
  };
}

/** A public half that is not the private one's would seal what nothing opens: refused when the file is read, not weeks later. */
function importPrivateKey(half: Uint8Array, publicHalf: Uint8Array, where: string): KeyObject {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const key = createPrivateKey({
    key: { kty: 'OKP', crv: 'X25519', d: text(half), x: text(publicHalf) },
    format: 'jwk',
  });
  if (!rawPublicKey(createPublicKey(key)).equals(publicHalf))
    throw new KeysUnusable(`${where}: the two halves do not belong together`);
  return key;
}

function bytesOf(value: unknown, where: string): Buffer {
  const bytes = typeof value === 'string' && /^[\w-]{43}$/.test(value) ? Buffer.from(value, 'base64url') : null;
  if (bytes?.length !== 32) throw new KeysUnusable(`${where} is not 32 bytes in base64url`);
  return bytes;
}

function parseObject(text: string, source: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // The parser's own message quotes the text, which holds keys.
  }
  throw new KeysUnusable(`${source} is not a JSON object`);
}
