import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSetupCodeOpen, redeemSetupCode, revokeToken } from '@sconce/engine';
import type { ApiContext } from '../context.ts';
import { authenticateRequest } from '../endpoint/authenticate-request.ts';
import { clearSessionCookie, isOwnOrigin, makeSessionCookie } from '../http/cookies.ts';
import { html, sendPage } from './html.ts';

/** Looking at the link does not use it up: mail scanners and previews look too. */
export async function sendSetup(
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const address = request.socket.remoteAddress ?? 'unknown';
  const limited = context.strangerLimit.refusal(address);
  if (limited)
    return sendPage(
      response,
      429,
      'Later',
      html`<h1>Too many tries</h1><p>Come back in a minute.</p>`,
      limited.headers,
    );
  if (!(await isSetupCodeOpen(context.deps, codeOf(path)))) {
    context.strangerLimit.take(address);
    return sendUsed(response);
  }
  sendPage(
    response,
    200,
    'Welcome',
    html`<h1>Welcome to Sconce</h1>
<p>This link lets you in once. From then on this browser knows you, for two weeks.</p>
<form method="post"><button type="submit">Open Sconce</button></form>`,
  );
}

/** Uses the link up and begins a session. */
export async function useSetup(
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  request.resume();
  if (!isOwnOrigin(request))
    return sendPage(
      response,
      403,
      'Not from here',
      html`<h1>Open the link itself</h1><p>This was sent from another page.</p>`,
    );
  const session = await redeemSetupCode(context.deps, codeOf(path));
  if (!session) {
    context.strangerLimit.take(request.socket.remoteAddress ?? 'unknown');
    return sendUsed(response);
  }
  response.writeHead(303, {
    location: '/',
    'set-cookie': makeSessionCookie(session.text, session.expiresAt, context.secureCookies),
    'cache-control': 'no-store',
  });
  response.end();
}

export async function endSession(
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const known = await authenticateRequest(context, request).catch(() => null);
  if (known?.caller.kind === 'session')
    await revokeToken(context.deps, { caller: known.caller, id: known.caller.tokenId });
  response.writeHead(303, {
    location: '/',
    'set-cookie': clearSessionCookie(context.secureCookies),
    'cache-control': 'no-store',
  });
  response.end();
}

function sendUsed(response: ServerResponse): void {
  sendPage(
    response,
    410,
    'Link used',
    html`<h1>This link does not work any more</h1><p>It was used, or it is older than an hour. <code>npm run up</code> prints a new one.</p>`,
  );
}

function codeOf(path: string): string {
  return path.slice('/setup/'.length);
}
