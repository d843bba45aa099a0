import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { callHeaderNames, socketNames } from '@sconce/contract';
import { badField, type CallWish, type GatewayRequest, readGivenHeaders, targetOf } from './compose-call.ts';

/** What somebody says who opens a WebSocket here. */
export interface Handshake {
  /** What `Sec-WebSocket-Accept` answers them. */
  readonly accept: string;
  /** They offer the platform's own subprotocol. */
  readonly isNamed: boolean;
}

/** Throws `ApiError` invalid. */
export function readHandshake(headers: IncomingHttpHeaders): Handshake {
  const key = headers['sec-websocket-key'];
  if (typeof key !== 'string' || !/^[+/0-9A-Za-z]{22}==$/.test(key))
    throw badField('Sec-WebSocket-Key', 'is not 16 bytes in base64');
  if (headers['sec-websocket-version'] !== '13') throw badField('Sec-WebSocket-Version', 'is not 13');
  return { accept: acceptOf(key), isNamed: offeredIn(headers).includes(socketNames.protocol) };
}

/** RFC 6455 section 4.2.2. */
export const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

const offeredIn = (headers: IncomingHttpHeaders): readonly string[] =>
  (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());

export interface SocketWish extends Pick<CallWish, 'service' | 'path'> {
  readonly protocols: readonly string[];
}

/** As `composeCall`: written from nothing but what the caller names for the service. No extension is offered, so what passes are plain frames. */
export function composeSocket(
  wish: SocketWish,
  incoming: IncomingHttpHeaders,
  requestId: string,
  key: string,
): GatewayRequest {
  const given = readGivenHeaders(incoming[callHeaderNames.send] ?? headersInProtocols(incoming));
  return {
    method: 'GET',
    target: targetOf(wish),
    headers: {
      'user-agent': 'sconce',
      ...given,
      'x-request-id': requestId,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      ...(wish.protocols.length > 0 ? { 'sec-websocket-protocol': wish.protocols.join(', ') } : {}),
    },
  };
}

function headersInProtocols(incoming: IncomingHttpHeaders): string | undefined {
  const found = offeredIn(incoming).find((name) => name.startsWith(socketNames.headers));
  return found && Buffer.from(found.slice(socketNames.headers.length), 'base64url').toString();
}
