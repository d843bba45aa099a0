import { type IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The only upgrade there is; any other offer (`h2c`) is one that may be ignored, and the request is answered as it is (RFC 9110 section 7.8). */
export function asksForSocket(request: IncomingMessage): boolean {
  return (
    request.method === 'GET' &&
    /^websocket$/i.test(request.headers.upgrade ?? '') &&
    /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(request.headers.connection ?? '')
  );
}

const held = new WeakMap<IncomingMessage, () => Socket>();

/**
 * Lets a request for a WebSocket go the way of all others, through guard, interceptor and filter: whoever refuses it answers it with a problem, and its
 * connection ends then. Who takes it has it by `takeSocket`.
 */
export function serveUpgrade(rest: RequestListener, request: IncomingMessage, socket: Socket, early: Buffer): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // Nothing may come before the answer (RFC 6455 section 4.1). And only who reads sees that the other side has left.
  const leave = () => {
    socket.destroy();
  };
  socket.on('error', leave).on('data', leave).on('end', leave);
  if (early.length > 0) return void socket.destroy();
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  held.set(request, () => {
    response.detachSocket(socket);
    return socket.off('data', leave).off('end', leave);
  });
  rest(request, response);
}

/** The connection of a request that `serveUpgrade` brought, to speak another protocol on. */
export function takeSocket(request: IncomingMessage): Socket {
  const take = held.get(request);
  if (!take) throw new Error('The request asks for no upgrade');
  return take();
}
