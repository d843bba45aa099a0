import type { IncomingMessage, ServerResponse } from 'node:http';
import { insertAuditEvent } from '@sconce/db';
import { type Caller, isSetupCodeOpen, redeemSetupCode } from '@sconce/engine';
import type { ApiContext } from '../context.ts';
import { authenticateVisitor } from '../endpoint/authenticate-request.ts';
import { isOwnOrigin, makeSessionCookie } from '../http/cookies.ts';
import { requestIdOf } from '../http/headers.ts';
import { html, sendPage } from './html.ts';

/** Looking at the link does not use it up: mail scanners and previews look too. */
export async function sendSetup(
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const address = context.addressOf(request) ?? 'unknown';
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
<p>This link lets you in once. From then on this browser knows you, for a month, or until a week without a visit. Under Account
you can set a password or add a passkey, so that you need no link the next time.</p>
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
  const session = await redeemSetupCode(context.deps, codeOf(path), {
    address: context.addressOf(request),
    userAgent: request.headers['user-agent'] ?? null,
    replaces: await sessionOf(context, request),
  });
  if (!session) {
    context.strangerLimit.take(context.addressOf(request) ?? 'unknown');
    return sendUsed(response);
  }
  await audit(context, request, session.caller);
  response.writeHead(303, {
    location: '/',
    'set-cookie': makeSessionCookie(session.text, session.expiresAt, context.secureCookies),
    'cache-control': 'no-store',
  });
  response.end();
}

/** The session that this browser has already, if it has one. */
async function sessionOf(context: ApiContext, request: IncomingMessage): Promise<string | null> {
  const known = await authenticateVisitor(context, request);
  return known?.caller.kind === 'session' ? known.caller.tokenId : null;
}

async function audit(context: ApiContext, request: IncomingMessage, caller: Caller): Promise<void> {
  await insertAuditEvent(context.deps.db.tx, {
    tokenId: caller.tokenId,
    userId: caller.user?.id ?? null,
    projectId: null,
    action: 'useSignInLink',
    target: null,
    status: 303,
    code: null,
    address: context.addressOf(request),
    requestId: requestIdOf(request),
    data: {},
  });
}

function sendUsed(response: ServerResponse): void {
  sendPage(
    response,
    410,
    'Link used',
    html`<h1>This link does not work any more</h1><p>It was used, or it is older than an hour. <code>npm run link</code> on the machine prints a new one, and an administrator can make one.</p>`,
  );
}

function codeOf(path: string): string {
  return path.slice('/setup/'.length);
}
