import { Malformed } from './malformed.ts';

/** Printable ASCII without `#`: a fragment is never sent, and other bytes are read differently by different servers. */
const visible = /^[\x21\x22\x24-\x7e]+$/;
const absolute = /^http:\/\/([^/?]*)(.*)$/i;
const name = /^(?=.{1,255}$)[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_-])?\.?$/;
const address6 = /^\[[0-9a-f:.]{2,45}\]$/;

export interface RequestTarget {
  /** Origin form (`/path?query`), or `*` for OPTIONS. */
  readonly target: string;
  /** The authority of an absolute form, as sent. */
  readonly authority: string | null;
}

export function parseTarget(method: string, text: string): RequestTarget {
  if (!visible.test(text))
    throw new Malformed('target_invalid', 'The request target holds a character that must be encoded.');
  if (text.charCodeAt(0) === 47) return { target: text, authority: null };
  if (text === '*' && method === 'OPTIONS') return { target: text, authority: null };
  const parts = absolute.exec(text);
  if (parts === null)
    throw new Malformed('target_invalid', 'The request target must start with "/" or "http://host/".');
  const [, authority = '', rest = ''] = parts;
  return { target: rest.startsWith('/') ? rest : `/${rest}`, authority };
}

/** The name to route by: lower case, without port and final dot. Throws on anything that is not a host. */
export function parseHost(value: string): string {
  const lower = value.toLowerCase();
  const colon = lower.lastIndexOf(':');
  const bracket = lower.indexOf(']');
  const host = colon > bracket ? lower.slice(0, colon) : lower;
  const port = colon > bracket ? lower.slice(colon + 1) : '';
  if (!(name.test(host) || address6.test(host)) || !/^\d{0,5}$/.test(port) || Number(port) > 65_535) {
    throw new Malformed('host_invalid', 'Host must be one host name, with or without a port.');
  }
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

/** True when an absolute form and the Host header mean the same place, port included. */
export function isSameAuthority(left: string, right: string): boolean {
  return withPort(left) === withPort(right);
}

function withPort(authority: string): string {
  const port = /:(\d*)$/.exec(authority.toLowerCase().replace(/^\[.*\]/, ''))?.[1];
  return `${parseHost(authority)}:${port ? Number(port) : 80}`;
}
