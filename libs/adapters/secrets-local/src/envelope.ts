import {
  createCipheriv,
  createDecipheriv,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { SealedPlace } from '@sconce/ports';
import { importPublicKey, type KeyEncryptionKey, type Purpose, rawPublicKey } from './key-ring.ts';

/**
 * A sealed value, version 1:
 *
 *   1 byte version | 32 ephemeral public key | 32 + 16 wrapped data key | 12 nonce | n + 16 value
 *
 * The data key is fresh for every value and encrypts it with AES-256-GCM (NIST SP 800-38D). It is wrapped, also with AES-256-GCM, under a key that
 * HKDF-SHA256 (RFC 5869) derives from X25519 (RFC 7748) between an ephemeral key and the recipient's: the idea of HPKE (RFC 9180) in
 * its base mode. Whoever has only the public half can seal and not open, not even what it sealed itself a moment ago.
 */
const formatVersion = 1;
const at = { ephemeral: 1, wrapped: 33, nonce: 81, value: 93 };
const tagBytes = 16;
const smallest = at.value + tagBytes;
/** Far above any value's limit; a length from a damaged row must not decide how much is copied. */
const largest = 1024 * 1024;

export function sealEnvelope(
  key: KeyEncryptionKey,
  purpose: Purpose,
  place: SealedPlace,
  plaintext: Uint8Array,
): Uint8Array {
  const ephemeral = generateKeyPairSync('x25519');
  const ephemeralRaw = rawPublicKey(ephemeral.publicKey);
  const bound = associatedData(purpose, place);
  const wrapping = deriveWrapping(
    ephemeral.privateKey,
    key.publicKey,
    ephemeralRaw,
    rawPublicKey(key.publicKey),
    key.id,
  );
  const dataKey = randomBytes(32);
  const nonce = randomBytes(12);
  const wrapped = encrypt(wrapping.key, wrapping.nonce, bound, dataKey);
  const sealed = Buffer.concat([
    Uint8Array.of(formatVersion),
    ephemeralRaw,
    wrapped,
    nonce,
    encrypt(dataKey, nonce, bound, plaintext),
  ]);
  dataKey.fill(0);
  return sealed;
}

/** Throws whatever the cryptography throws when a byte, the place or the key differs; nothing of the plaintext is in it. */
export function openEnvelope(
  key: KeyEncryptionKey,
  privateKey: KeyObject,
  purpose: Purpose,
  place: SealedPlace,
  bytes: Uint8Array,
): Uint8Array {
  if (bytes.length < smallest || bytes.length > largest) throw new Error('wrong length');
  if (bytes[0] !== formatVersion) throw new Error('unknown format version');
  const ephemeralRaw = bytes.subarray(at.ephemeral, at.wrapped);
  const bound = associatedData(purpose, place);
  const wrapping = deriveWrapping(
    privateKey,
    importPublicKey(ephemeralRaw),
    ephemeralRaw,
    rawPublicKey(key.publicKey),
    key.id,
  );
  const dataKey = decrypt(wrapping.key, wrapping.nonce, bound, bytes.subarray(at.wrapped, at.nonce));
  return decrypt(dataKey, bytes.subarray(at.nonce, at.value), bound, bytes.subarray(at.value));
}

/** Each text with its length before it, so that no two places give the same bytes. */
export function associatedData(purpose: Purpose, place: SealedPlace): Uint8Array {
  const texts = ['sconce-sealed/1', purpose, place.owner, place.name, String(place.version)];
  return Buffer.concat(
    texts.map((text) => {
      const bytes = Buffer.from(text, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    }),
  );
}

/**
 * Both public keys go into the salt as they were written: X25519 ignores the top bit of a point (RFC 7748, section 5), so without this
 * a changed byte would open all the same. The wrapping key is used once, so its nonce is derived with it.
 */
function deriveWrapping(
  own: KeyObject,
  theirs: KeyObject,
  ephemeral: Uint8Array,
  recipient: Uint8Array,
  keyId: string,
): { key: Uint8Array; nonce: Uint8Array } {
  const shared = diffieHellman({ privateKey: own, publicKey: theirs });
  const okm = Buffer.from(
    hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), `sconce-sealed/1 wrap ${keyId}`, 44),
  );
  shared.fill(0);
  return { key: okm.subarray(0, 32), nonce: okm.subarray(32) };
}

function encrypt(key: Uint8Array, nonce: Uint8Array, bound: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(bound);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, nonce: Uint8Array, bound: Uint8Array, sealed: Uint8Array): Uint8Array {
  const tagAt = sealed.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(bound);
  decipher.setAuthTag(sealed.subarray(tagAt));
  return Buffer.concat([decipher.update(sealed.subarray(0, tagAt)), decipher.final()]);
}
