import { createHmac, timingSafeEqual } from 'node:crypto';

/** `foreign`: well formed, and made with none of the secrets over these bytes. */
export type SignatureVerdict = 'valid' | 'missing' | 'malformed' | 'doubled' | 'foreign';

const shape = /^sha256=([0-9a-f]{64})$/;

/**
 * Checks `X-Hub-Signature-256` (HMAC-SHA256, RFC 2104) over the body's raw bytes: a body that was parsed and written again is another one.
 * `signatures` are all values of the header. All secrets are tried, each compared in constant time, so that a secret can be replaced while
 * deliveries signed with the old one still come.
 */
export function verifyGithubSignature(
  body: Uint8Array,
  signatures: readonly string[],
  secrets: readonly string[],
): SignatureVerdict {
  const [signature] = signatures;
  if (signature === undefined || signature === '') return 'missing';
  if (signatures.length > 1) return 'doubled';
  const digits = shape.exec(signature)?.[1];
  if (digits === undefined) return signature.includes(',') ? 'doubled' : 'malformed';
  const given = Buffer.from(digits, 'hex');
  const isRight = (secret: string) => timingSafeEqual(given, createHmac('sha256', secret).update(body).digest());
  // Which of the secrets is right is no secret.
  return secrets.some(isRight) ? 'valid' : 'foreign';
}
