/** A slug is a DNS label (RFC 1123): it names hosts, networks and containers as it stands. */
export const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

export function isSlug(text: unknown): text is string {
  return typeof text === 'string' && slugPattern.test(text);
}
