import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { SocketHead } from '@sconce/contract';
import type { ApiError } from '../endpoint/api-error.ts';
import type { GatewayRequest } from './compose-call.ts';
import { type CallLimits, gatewayAt, timedOut, unreachable } from './forward-call.ts';
import { acceptOf } from './read-handshake.ts';
import { toCallHead } from './to-call-head.ts';

/** How a service answered who wanted a WebSocket of it. */
export interface OpenedSocket {
  readonly head: SocketHead;
  /** Null: it opened none. */
  readonly socket: Socket | null;
  /** What it said already. */
  readonly first: Buffer;
  /** It says itself how it began: no first message is sent for it. */
  readonly isSilent?: true;
  /** Instead of those of calls. */
  readonly limits?: CallLimits;
  /** Told where it breaks off without a close frame. */
  readonly lost?: string;
}

const mostRefusalBytes = 4_000;

/** Asks the gateway to open a WebSocket. Throws `ApiError` call_timed_out, gateway_unreachable; the signal's reason when it aborts. */
export function openSocket(
  gatewayUrl: string,
  call: GatewayRequest,
  limits: CallLimits,
  signal: AbortSignal,
): Promise<OpenedSocket> {
  const { send, address } = gatewayAt(gatewayUrl);
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const { target, headers } = call;
    // A connection of its own, that nothing else ever uses.
    const outgoing = send({
      ...address,
      path: target,
      headers: { ...headers },
      agent: false,
      maxHeaderSize: 64 * 1024,
      signal,
    });
    const fail = (error: Error) => {
      clearTimeout(timer);
      outgoing.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(timedOut(limits)), limits.firstByteMs);
    const head = (answer: IncomingMessage, text: string | null): SocketHead => ({
      ...toCallHead(answer, 'GET', performance.now() - startedAt),
      protocol: answer.headers['sec-websocket-protocol'] ?? null,
      text,
    });
    outgoing.on('upgrade', (answer: IncomingMessage, socket: Socket, first: Buffer) => {
      clearTimeout(timer);
      socket.on('error', () => socket.destroy());
      const wrong = mistakeIn(answer, headers);
      if (wrong === null) return resolve({ head: head(answer, null), socket, first });
      socket.destroy();
      reject(wrong);
    });
    outgoing.on('response', (answer) => {
      void readRefusal(answer).then((text) => {
        clearTimeout(timer);
        outgoing.destroy();
        resolve({ head: head(answer, text), socket: null, first: Buffer.alloc(0) });
      });
    });
    outgoing.on('error', (error) => fail(signal.aborted ? (signal.reason as Error) : unreachable(error)));
    outgoing.end();
  });
}

/** RFC 6455 section 4.1: what a client has to refuse. */
function mistakeIn(answer: IncomingMessage, asked: ClientHeaders): ApiError | null {
  const { headers } = answer;
  const offered = asked['sec-websocket-protocol']?.split(', ') ?? [];
  const taken = headers['sec-websocket-protocol'];
  if (headers['sec-websocket-accept'] !== acceptOf(asked['sec-websocket-key'] ?? ''))
    return unreadable('its Sec-WebSocket-Accept is wrong');
  if (headers['sec-websocket-extensions']) return unreadable('it takes an extension that was not offered');
  if (taken !== undefined && !offered.includes(taken)) return unreadable('it takes a subprotocol that was not offered');
  return null;
}

type ClientHeaders = GatewayRequest['headers'];

function unreadable(why: string): ApiError {
  return unreachable(Object.assign(new Error(why), { code: `HPE_${why}` }));
}

/** The beginning of what it says instead; whatever there is when it goes on for too long, or breaks off. */
async function readRefusal(answer: ReturnType<ClientRequest['end']> | IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as IncomingMessage) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes >= mostRefusalBytes) break;
    }
  } catch {
    // Enough has come to be shown, or nothing has.
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, mostRefusalBytes));
}
