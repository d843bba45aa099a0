import { isIP } from 'node:net';
import type { PasskeyPlace } from '@sconce/ports';

/**
 * Where the dashboard's pages are opened. Browsers bind passkeys to a name and refuse addresses, and this machine has one that every browser knows: pages of
 * an API on 127.0.0.1 are opened at localhost.
 */
export function toDashboardUrl(publicUrl: string): string {
  return publicUrl.replace(/^(http:\/\/)(?:127\.0\.0\.1|\[::1\])(?=[:/]|$)/, '$1localhost');
}

/** Null where browsers make no passkeys: at an address, and on plain http beyond this machine. */
export function passkeyPlaceOf(dashboardUrl: string): PasskeyPlace | null {
  const { protocol, hostname, origin } = new URL(dashboardUrl);
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) > 0;
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  return isAddress || (protocol !== 'https:' && !isLocal) ? null : { origin, rpId: hostname };
}
