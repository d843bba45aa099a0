import type { IncomingMessage } from 'node:http';
import { authenticate, type Caller, type Unauthenticated } from '@sconce/engine';
import type { ApiContext } from '../context.ts';
import { isForeignOrigin, isOwnOrigin, readSessionCookie } from '../http/cookies.ts';
import { asksForSocket } from '../http/upgrade.ts';
import { ApiError } from './api-error.ts';

const reasons: Readonly<Record<Unauthenticated, string>> = {
  malformed: 'This is not a token of Sconce: it may have been cut or mistyped',
  unknown: 'This token is not known here',
  expired: 'This token has expired',
  revoked: 'This token was revoked',
};

/** Who sent the request, by its bearer token or its session cookie; null when it names nobody. Throws `ApiError` unauthenticated, origin_forbidden. */
export async function authenticateRequest(
  context: ApiContext,
  request: IncomingMessage,
): Promise<{ caller: Caller; text: string } | null> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer +(\S{1,200})$/i.exec(authorization)?.[1];
    if (token === undefined) throw unauthenticated('The Authorization header is not `Bearer <token>`');
    return { caller: await callerOf(context, token), text: token };
  }
  const cookie = readSessionCookie(request, context.secureCookies);
  if (cookie === null) return null;
  const caller = await callerOf(context, cookie);
  if (caller.kind !== 'session') throw unauthenticated('This cookie is no session');
  // Browsers let any page open a WebSocket anywhere, with the cookies of there.
  if ((!isSafe(request.method) || asksForSocket(request)) && !isOwnOrigin(request)) {
    throw originForbidden();
  }
  return { caller, text: cookie };
}

/**
 * The same where nobody has to be known, as for signing in: a cookie of a session that ended is no reason to send somebody away. Pages of others may not sign
 * anybody in here, whoever it is: what is done after that would be done in a stranger's name. Throws as `authenticateRequest`.
 */
export async function authenticateVisitor(
  context: ApiContext,
  request: IncomingMessage,
): Promise<{ caller: Caller; text: string } | null> {
  if (request.headers.authorization !== undefined) return authenticateRequest(context, request);
  if (!isSafe(request.method) && isForeignOrigin(request)) throw originForbidden();
  try {
    return await authenticateRequest(context, request);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'unauthenticated') return null;
    throw error;
  }
}

function originForbidden(): ApiError {
  return new ApiError('origin_forbidden', 'A browser session may only write from a page of this installation', {
    hint: 'Scripts send a token in the Authorization header.',
  });
}

async function callerOf(context: ApiContext, token: string): Promise<Caller> {
  const caller = await authenticate(context.deps, token);
  if (typeof caller === 'string') throw unauthenticated(reasons[caller]);
  context.lastUse.note(caller);
  return caller;
}

export function unauthenticated(detail: string): ApiError {
  return new ApiError('unauthenticated', detail, {
    hint: 'Send `Authorization: Bearer <token>`.',
    headers: { 'www-authenticate': 'Bearer realm="sconce"' },
  });
}

function isSafe(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
