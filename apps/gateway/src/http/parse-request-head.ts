import { type ConnectionOptions, parseConnection } from './connection-options.ts';
import { checkTransferEncoding, type Framing, parseContentLength } from './framing.ts';
import { checkHeaderBlock, fieldValue, tokenPattern, withoutLines } from './header-block.ts';
import { headerKinds } from './header-kinds.ts';
import { Malformed } from './malformed.ts';
import { isSameAuthority, parseHost, parseTarget } from './request-target.ts';
import { mayHoldSession, withoutSession } from './session-cookie.ts';

export interface RequestHead {
  readonly method: string;
  readonly minorVersion: 0 | 1;
  /** Origin form, or `*`. */
  readonly target: string;
  /** The authority as the client wrote it; null only from HTTP/1.0. */
  readonly host: string | null;
  /** The same for look-ups: lower case, no port. Empty from an HTTP/1.0 client without one. */
  readonly routingHost: string;
  readonly framing: Framing;
  readonly contentLength: number;
  /** The client wants this connection kept afterwards. */
  readonly keepAlive: boolean;
  /** The protocol asked for, when the request may be upgraded at all. */
  readonly upgrade: string | null;
  readonly expectContinue: boolean;
  readonly requestId: string | null;
  readonly forwardedFor: string | null;
  readonly forwardedProto: string | null;
  readonly forwardedHost: string | null;
  /** The header lines that travel on, as sent, each with its CRLF. */
  readonly lines: string;
}

type Kind =
  | 'host'
  | 'content-length'
  | 'transfer-encoding'
  | 'connection'
  | 'upgrade'
  | 'expect'
  | 'request-id'
  | 'forwarded-for'
  | 'forwarded-proto'
  | 'forwarded-host'
  | 'cookie'
  | 'removed';

const kinds = headerKinds<Kind>(
  {
    host: 'host',
    'content-length': 'content-length',
    'transfer-encoding': 'transfer-encoding',
    connection: 'connection',
    upgrade: 'upgrade',
    expect: 'expect',
    'x-request-id': 'request-id',
    'x-forwarded-for': 'forwarded-for',
    'x-forwarded-proto': 'forwarded-proto',
    'x-forwarded-host': 'forwarded-host',
    cookie: 'cookie',
    'x-real-ip': 'removed',
    forwarded: 'removed',
    'keep-alive': 'removed',
    'proxy-connection': 'removed',
    'proxy-authenticate': 'removed',
    'proxy-authorization': 'removed',
    'http2-settings': 'removed',
    te: 'removed',
    // Becomes HTTP_PROXY, a setting, in CGI-like servers (CVE-2016-5385).
    proxy: 'removed',
  },
  { 'x-forwarded-': 'removed', 'x-sconce-': 'removed' },
);

/** One value where one is allowed, a list where a list is; `null` until seen. */
type Seen = { -readonly [K in Exclude<Kind, 'cookie' | 'removed'>]: string | null };

/**
 * Reads a request's head: everything before the empty line, the last line's CRLF included. Throws Malformed on
 * whatever two servers could read differently.
 */
export function parseRequestHead(head: string, maxHeaders: number): RequestHead {
  const lineEnd = head.indexOf('\r\n');
  const { method, target: rawTarget, minorVersion } = parseRequestLine(head.slice(0, lineEnd));
  const block = head.slice(lineEnd + 2);
  checkHeaderBlock(block);
  const seen: Seen = {
    host: null,
    'content-length': null,
    'transfer-encoding': null,
    connection: null,
    upgrade: null,
    expect: null,
    'request-id': null,
    'forwarded-for': null,
    'forwarded-proto': null,
    'forwarded-host': null,
  };
  const lines = readLines(block, seen, maxHeaders);
  const options = seen.connection === null ? null : parseConnection(seen.connection);
  const { target, authority } = parseTarget(method, rawTarget);
  const host = decideHost(seen.host, authority, minorVersion);
  const contentLength = decideLength(seen, minorVersion);
  const framing = seen['transfer-encoding'] !== null ? 'chunked' : contentLength < 0 ? 'none' : 'length';
  return {
    method,
    minorVersion,
    target,
    host,
    routingHost: host === null ? '' : parseHost(host),
    framing,
    contentLength,
    keepAlive: minorVersion === 1 ? options?.close !== true : options?.keepAlive === true && !options.close,
    upgrade: decideUpgrade(seen.upgrade, options, minorVersion, framing === 'none' || contentLength === 0),
    expectContinue: decideExpect(seen.expect, minorVersion, framing),
    requestId: seen['request-id'],
    forwardedFor: seen['forwarded-for'],
    forwardedProto: seen['forwarded-proto'],
    forwardedHost: seen['forwarded-host'],
    lines: options?.named ? withoutLines(lines, options.named) : lines,
  };
}

const requestLine = /^([^ ]{1,32}) ([^ ]+) HTTP\/(\d)\.(\d)$/;

function parseRequestLine(line: string): { method: string; target: string; minorVersion: 0 | 1 } {
  const [, method = '', target = '', major, minor] = requestLine.exec(line) ?? [];
  if (!tokenPattern.test(method)) {
    throw new Malformed('request_line_malformed', 'The request line must be "METHOD target HTTP/1.1".');
  }
  if (major !== '1' || (minor !== '0' && minor !== '1')) {
    throw new Malformed('version_unsupported', 'Only HTTP/1.0 and HTTP/1.1 are spoken here.');
  }
  if (method === 'CONNECT' || method === 'TRACE') throw new Malformed('method_refused', `${method} is not served.`);
  return { method, target, minorVersion: minor === '1' ? 1 : 0 };
}

/** Fills `seen` and returns the lines that travel on. */
function readLines(block: string, seen: Seen, maxHeaders: number): string {
  let kept = '';
  let keptFrom = 0;
  let count = 0;
  for (let at = 0; at < block.length; ) {
    const colon = block.indexOf(':', at);
    const end = block.indexOf('\r\n', colon);
    count += 1;
    if (count > maxHeaders) throw new Malformed('headers_too_many', `At most ${maxHeaders} headers are accepted.`);
    const kind = kinds.kindOf(block, at, colon);
    if (kind === 'cookie') {
      const line = block.slice(at, end);
      if (mayHoldSession(line)) {
        kept += block.slice(keptFrom, at) + withoutSession(line);
        keptFrom = end + 2;
      }
    } else if (kind !== null) {
      kept += block.slice(keptFrom, at);
      keptFrom = end + 2;
      if (kind !== 'removed') note(seen, kind, block.slice(at, colon), fieldValue(block, colon, end));
    }
    at = end + 2;
  }
  return keptFrom === 0 ? block : kept + block.slice(keptFrom);
}

const lists = new Set<Kind>(['connection', 'upgrade', 'forwarded-for']);

function note(seen: Seen, kind: Exclude<Kind, 'cookie' | 'removed'>, name: string, value: string): void {
  // `Content_Length` and the like: whoever reads them as the real ones would disagree with us about the message.
  if (name.includes('_')) {
    if (kind === 'content-length' || kind === 'transfer-encoding' || kind === 'host') {
      throw new Malformed('header_malformed', `"${name}" is too easily taken for ${kind}.`);
    }
    return;
  }
  const before = seen[kind];
  if (before === null) seen[kind] = value;
  else if (lists.has(kind)) seen[kind] = `${before}, ${value}`;
  else if (kind === 'host') throw new Malformed('host_invalid', 'There must be one Host header.');
  else if (kind === 'content-length')
    throw new Malformed('content_length_invalid', 'There must be one Content-Length.');
  else if (kind === 'transfer-encoding') {
    throw new Malformed('transfer_encoding_invalid', 'There must be one Transfer-Encoding.');
  } else if (kind === 'expect') throw new Malformed('expectation_failed', 'There must be one Expect header.');
}

function decideHost(header: string | null, authority: string | null, minorVersion: 0 | 1): string | null {
  if (header === null && minorVersion === 1) throw new Malformed('host_invalid', 'A Host header is required.');
  if (authority === null) return header;
  if (header !== null && !isSameAuthority(header, authority)) {
    throw new Malformed('host_invalid', 'The request target and the Host header name different hosts.');
  }
  return authority;
}

function decideLength(seen: Seen, minorVersion: 0 | 1): number {
  const coding = seen['transfer-encoding'];
  const declared = seen['content-length'];
  if (coding !== null) {
    checkTransferEncoding(coding);
    if (minorVersion === 0) {
      throw new Malformed('transfer_encoding_invalid', 'HTTP/1.0 has no Transfer-Encoding.');
    }
    if (declared !== null) {
      throw new Malformed('content_length_invalid', 'Content-Length and Transfer-Encoding exclude each other.');
    }
  }
  return declared === null ? -1 : parseContentLength(declared);
}

/**
 * An upgrade is an offer that may be ignored (RFC 9110 section 7.8). Cleartext HTTP/2 is: its frames would pass every check
 * made here.
 */
function decideUpgrade(
  value: string | null,
  options: ConnectionOptions | null,
  minorVersion: 0 | 1,
  withoutBody: boolean,
): string | null {
  if (value === null || options?.upgrade !== true || minorVersion === 0 || !withoutBody) return null;
  return /(?:^|[\s,])h2c?(?:[\s,/]|$)/i.test(value) ? null : value;
}

function decideExpect(value: string | null, minorVersion: 0 | 1, framing: Framing): boolean {
  if (value === null) return false;
  if (value.toLowerCase() !== '100-continue') {
    throw new Malformed('expectation_failed', 'The only expectation known here is 100-continue.');
  }
  return minorVersion === 1 && framing !== 'none';
}
