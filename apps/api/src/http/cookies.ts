import type { IncomingMessage } from 'node:http';
import { sessionCookieNames } from '@sconce/contract';

export function sessionCookieName(secure: boolean): string {
  return secure ? sessionCookieNames.secure : sessionCookieNames.plain;
}

/** The session's token, or null. Of two cookies of the name neither is taken: one of them was planted. */
export function readSessionCookie(request: IncomingMessage, secure: boolean): string | null {
  const name = sessionCookieName(secure);
  const values = (request.headers.cookie ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
  return values.length === 1 ? (values[0] ?? null) : null;
}

export function makeSessionCookie(text: string, expiresAt: Date, secure: boolean): string {
  return `${sessionCookieName(secure)}=${text}; Path=/; HttpOnly; SameSite=Lax; Expires=${expiresAt.toUTCString()}${secure ? '; Secure' : ''}`;
}

export function clearSessionCookie(secure: boolean): string {
  return `${sessionCookieName(secure)}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0${secure ? '; Secure' : ''}`;
}

/**
 * A browser sends its cookie along whoever made it send the request; a write is taken only from a page of ours. Browsers always send
 * Origin with writes; without one, only their own word that the page is of the same origin counts.
 */
export function isOwnOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return request.headers['sec-fetch-site'] === 'same-origin';
  if (host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}

/** True when a browser says that a page of somebody else sends this. What is no browser says nothing. */
export function isForeignOrigin(request: IncomingMessage): boolean {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  return (origin !== undefined || (site !== undefined && site !== 'none')) && !isOwnOrigin(request);
}
