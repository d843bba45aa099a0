import { isIP } from 'node:net';
import type { RequestHead } from '../http/parse-request-head.ts';

/** What the gateway knows about the client's connection. */
export interface Peer {
  readonly address: string;
  /** It is one of our own proxies: what it forwards is kept, and added to. */
  readonly isTrusted: boolean;
}

/** The head for the replica. Lines that frame the message or say who asks are written here, never copied. */
export function composeRequest(
  head: RequestHead,
  peer: Peer,
  to: { target: string; prefix: string | null; replicaHost: string; requestId: string },
): string {
  let text = `${head.method} ${to.target} HTTP/1.1\r\nhost: ${head.host ?? to.replicaHost}\r\n${head.lines}`;
  if (head.framing === 'length') text += `content-length: ${head.contentLength}\r\n`;
  else if (head.framing === 'chunked') text += 'transfer-encoding: chunked\r\n';
  text += forwardedLines(head, peer);
  if (to.prefix !== null) text += `x-forwarded-prefix: ${to.prefix}\r\n`;
  text += `x-request-id: ${to.requestId}\r\n`;
  if (head.upgrade !== null) text += `connection: upgrade\r\nupgrade: ${head.upgrade}\r\n`;
  if (head.expectContinue) text += 'expect: 100-continue\r\n';
  return `${text}\r\n`;
}

function forwardedLines(head: RequestHead, peer: Peer): string {
  if (peer.isTrusted) {
    const before = head.forwardedFor ? `${head.forwardedFor}, ` : '';
    const proto = head.forwardedProto === 'https' ? 'https' : 'http';
    const host = head.forwardedHost ?? head.host;
    return `x-forwarded-for: ${before}${peer.address}\r\nx-forwarded-proto: ${proto}\r\n${host ? `x-forwarded-host: ${host}\r\n` : ''}`;
  }
  const host = head.host === null ? '' : `x-forwarded-host: ${head.host}\r\n`;
  return `x-forwarded-for: ${peer.address}\r\nx-forwarded-proto: http\r\n${host}`;
}

/** IPv4 clients of a dual-stack socket are shown as IPv4. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const mapped = address.startsWith('::ffff:') ? address.slice(7) : '';
  return isIP(mapped) === 4 ? mapped : address;
}

const goodRequestId = /^[A-Za-z0-9._~:@/+=-]{1,128}$/;

/** The client's own id where it is harmless in logs and headers, so that traces join up. */
export function chooseRequestId(given: string | null, make: () => string): string {
  return given !== null && goodRequestId.test(given) ? given : make();
}

/** RFC 9110 section 9.2.2: sending these twice means no more than sending them once. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

export function isIdempotent(method: string): boolean {
  return idempotent.has(method);
}
