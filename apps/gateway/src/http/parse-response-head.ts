import { parseConnection } from './connection-options.ts';
import { checkTransferEncoding, type Framing, parseContentLength } from './framing.ts';
import { checkHeaderBlock, fieldValue, withoutLines } from './header-block.ts';
import { headerKinds } from './header-kinds.ts';
import { Malformed } from './malformed.ts';
import { mayHoldSession, setsSession } from './session-cookie.ts';

export interface ResponseHead {
  readonly status: number;
  /** As the service wrote it; may be empty. */
  readonly reason: string;
  readonly framing: Framing;
  /** Declared length, also where there is no body (HEAD, 304); -1 when none was. */
  readonly contentLength: number;
  /** A body-less answer that would have been chunked (HEAD). */
  readonly saysChunked: boolean;
  /** The service lets the connection be used again. */
  readonly keepAlive: boolean;
  /** How long it says it keeps an idle connection; null when it does not say. */
  readonly idleTimeoutMs: number | null;
  readonly upgrade: string | null;
  readonly lines: string;
}

type Kind = 'content-length' | 'transfer-encoding' | 'connection' | 'upgrade' | 'keep-alive' | 'set-cookie' | 'removed';

const kinds = headerKinds<Kind>(
  {
    'content-length': 'content-length',
    'transfer-encoding': 'transfer-encoding',
    connection: 'connection',
    upgrade: 'upgrade',
    'keep-alive': 'keep-alive',
    'set-cookie': 'set-cookie',
    'proxy-connection': 'removed',
    'proxy-authenticate': 'removed',
    'proxy-authorization': 'removed',
    te: 'removed',
    'x-request-id': 'removed',
  },
  { 'x-sconce-': 'removed' },
);

interface Seen {
  contentLength: string | null;
  transferEncoding: string | null;
  connection: string | null;
  upgrade: string | null;
  keepAlive: string | null;
}

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;

/** Reads an answer's head (the last line's CRLF included) to a request of this method. Throws Malformed when it lies. */
export function parseResponseHead(head: string, method: string, maxHeaders: number): ResponseHead {
  const lineEnd = head.indexOf('\r\n');
  const [, minor, digits, reason = ''] = statusLine.exec(head.slice(0, lineEnd)) ?? [];
  if (digits === undefined) throw new Malformed('answer_malformed', 'The status line is not HTTP/1.1.');
  const block = head.slice(lineEnd + 2);
  checkHeaderBlock(block);
  const seen: Seen = { contentLength: null, transferEncoding: null, connection: null, upgrade: null, keepAlive: null };
  const lines = readLines(block, seen, maxHeaders);
  const status = Number(digits);
  const { framing, contentLength, saysChunked } = decideFraming(seen, status, method, minor === '0');
  const options = seen.connection === null ? null : parseConnection(seen.connection);
  const willing = minor === '1' ? options?.close !== true : options?.keepAlive === true && !options.close;
  return {
    status,
    reason,
    framing,
    contentLength,
    saysChunked,
    keepAlive: willing && framing !== 'until_close',
    idleTimeoutMs: seen.keepAlive === null ? null : parseIdleTimeoutMs(seen.keepAlive),
    upgrade: options?.upgrade ? seen.upgrade : null,
    lines: options?.named ? withoutLines(lines, options.named) : lines,
  };
}

function readLines(block: string, seen: Seen, maxHeaders: number): string {
  let kept = '';
  let keptFrom = 0;
  let count = 0;
  for (let at = 0; at < block.length; ) {
    const colon = block.indexOf(':', at);
    const end = block.indexOf('\r\n', colon);
    count += 1;
    if (count > maxHeaders) throw new Malformed('answer_malformed', `It has more than ${maxHeaders} headers.`);
    const kind = kinds.kindOf(block, at, colon);
    if (kind !== null && !(kind === 'set-cookie' && isOfService(block.slice(colon + 1, end)))) {
      kept += block.slice(keptFrom, at);
      keptFrom = end + 2;
      note(seen, kind, block.slice(at, colon), fieldValue(block, colon, end));
    }
    at = end + 2;
  }
  return keptFrom === 0 ? block : kept + block.slice(keptFrom);
}

const isOfService = (setCookie: string): boolean => !mayHoldSession(setCookie) || !setsSession(setCookie);

function note(seen: Seen, kind: Kind, name: string, value: string): void {
  if (name.includes('_')) return;
  switch (kind) {
    case 'content-length':
      if (seen.contentLength !== null) throw new Malformed('answer_malformed', 'It has two Content-Lengths.');
      seen.contentLength = value;
      return;
    case 'transfer-encoding':
      if (seen.transferEncoding !== null) throw new Malformed('answer_malformed', 'It has two Transfer-Encodings.');
      seen.transferEncoding = value;
      return;
    case 'connection':
      seen.connection = seen.connection === null ? value : `${seen.connection}, ${value}`;
      return;
    case 'upgrade':
      seen.upgrade = value;
      return;
    case 'keep-alive':
      seen.keepAlive = value;
      return;
    case 'removed':
      return;
  }
}

function decideFraming(
  seen: Seen,
  status: number,
  method: string,
  old: boolean,
): { framing: Framing; contentLength: number; saysChunked: boolean } {
  if (seen.transferEncoding !== null) {
    checkTransferEncoding(seen.transferEncoding);
    if (seen.contentLength !== null)
      throw new Malformed('answer_malformed', 'It has both Content-Length and Transfer-Encoding.');
    if (old) throw new Malformed('answer_malformed', 'HTTP/1.0 has no Transfer-Encoding.');
  }
  const contentLength = seen.contentLength === null ? -1 : parseContentLength(seen.contentLength);
  const chunked = seen.transferEncoding !== null;
  // RFC 9110 section 8.6 forbids a length here; many servers send 0, and anything else means that a body follows.
  if (status < 200 || status === 204) {
    if (chunked || contentLength > 0)
      throw new Malformed('answer_malformed', `A ${status} has no body, yet one is declared.`);
    return { framing: 'none', contentLength: -1, saysChunked: false };
  }
  if (method === 'HEAD' || status === 304) return { framing: 'none', contentLength, saysChunked: chunked };
  if (chunked) return { framing: 'chunked', contentLength: -1, saysChunked: true };
  return { framing: contentLength < 0 ? 'until_close' : 'length', contentLength, saysChunked: false };
}

function parseIdleTimeoutMs(value: string): number | null {
  const seconds = /(?:^|[\s,])timeout=(\d{1,6})(?:[\s,]|$)/i.exec(value)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}
