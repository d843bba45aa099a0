import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** From a program on the same machine; not from one whose request a proxy on this machine passed on. */
export function isFromThisMachine(request: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
  const address = request.socket.remoteAddress ?? '';
  return /^(?:127\.|::1$|::ffff:127\.)/.test(address) && request.headers['x-forwarded-for'] === undefined;
}

/** Takes the same time whatever is wrong with it: both are hashed to one length first. */
export function isBearer(header: string | undefined, token: string): boolean {
  const given = createHash('sha256')
    .update(header ?? '')
    .digest();
  return timingSafeEqual(given, createHash('sha256').update(`Bearer ${token}`).digest());
}

/** Figures of a process are for programs on its machine, and for those elsewhere that know the token (null: there is none). */
export function mayReadMetrics(request: Pick<IncomingMessage, 'headers' | 'socket'>, token: string | null): boolean {
  return isFromThisMachine(request) || (token !== null && isBearer(request.headers.authorization, token));
}
