import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Checks `X-Hub-Signature-256` of a GitHub webhook: `sha256=` and the hex HMAC-SHA256 over the raw bytes of the body, as they came
 * (docs.github.com, "Validating webhook deliveries"). With two live secrets a signature by either holds, so that they can be rotated.
 * Takes the same time wherever a wrong signature differs. False for a missing or malformed header; empty secrets never match.
 */
export function verifyGithubSignature(
  secrets: readonly string[],
  header: string | readonly string[] | undefined,
  body: Uint8Array,
): boolean {
  if (typeof header !== 'string' || !/^sha256=[0-9a-f]{64}$/.test(header)) return false;
  const given = Buffer.from(header.slice('sha256='.length), 'hex');
  let holds = false;
  for (const secret of secrets) {
    if (secret === '') continue;
    const wanted = createHmac('sha256', secret).update(body).digest();
    // No early end: the time says nothing about which secret it was.
    holds = timingSafeEqual(given, wanted) || holds;
  }
  return holds;
}

/** The header's value for a body: for tests, and for tools that send what GitHub would. */
export function makeGithubSignature(secret: string, body: Uint8Array): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
