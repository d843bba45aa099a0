import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type BuiltinPushBody, holds, scopeAt } from '@sconce/core';
import { findRepositoryByPath, type RepositoryRow } from '@sconce/db';
import { authenticate, type Caller, type DeliveryInput, recordDeliveries } from '@sconce/engine';
import type { ApiContext } from '../context.ts';
import { isDatabaseAway } from '../endpoint/api-error.ts';
import { requestIdOf } from '../http/headers.ts';
import { drainBody } from '../http/read-body.ts';
import type { RefUpdate } from '../wiring.ts';

const shape = /^\/git\/([a-z0-9-]{1,40})\/([a-z0-9-]{1,40})(?:\.git)?\/(.{1,200})$/;

interface Refusal {
  readonly status: number;
  /** Git shows it to the person who pushes. */
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `/git/{project}/{repository}.git/...`: git over smart HTTP, a token as the password. A push is answered once its deliveries are stored. */
export async function takeGitRequest(
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('x-request-id', requestIdOf(request));
  try {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const caller = await identify(context, request);
    if ('status' in caller) return refuse(request, response, caller);
    const [, project = '', slug = '', rest = ''] = shape.exec(path) ?? [];
    const repository = project === '' ? null : await findRepositoryByPath(context.deps.db.tx, project, slug);
    const refusal = refusalOf(caller, repository, isPush(rest, query));
    if (refusal || !repository) return refuse(request, response, refusal ?? notFound);
    const directory = await context.git.ensure(repository.id);
    const { log } = context.deps;
    const onRefsUpdated = (updates: readonly RefUpdate[]) => recordPush(context, repository, caller.actor, updates);
    await context.git.serve({
      request,
      response,
      repository: directory,
      path: rest,
      query,
      user: caller.actor,
      log,
      onRefsUpdated,
    });
  } catch (error) {
    const away = isDatabaseAway(error);
    context.deps.log[away ? 'warn' : 'error']({ err: error }, 'a git request failed');
    refuse(
      request,
      response,
      away
        ? {
            status: 503,
            text: 'The database does not answer now. Push again in a few seconds.',
            headers: { 'retry-after': '5' },
          }
        : { status: 500, text: 'Something went wrong on our side.' },
    );
  }
}

const notFound: Refusal = { status: 404, text: 'There is no such repository, or it is not yours to see.' };

async function identify(context: ApiContext, request: IncomingMessage): Promise<Caller | Refusal> {
  const address = context.addressOf(request) ?? 'unknown';
  const limited = context.strangerLimit.refusal(address);
  if (limited) return { status: 429, text: 'Too many tries with wrong tokens.', headers: limited.headers };
  const { authorization } = request.headers;
  const again = { 'www-authenticate': 'Basic realm="Sconce: any user name, a token as the password", charset="UTF-8"' };
  if (authorization === undefined) return { status: 401, text: 'Git needs a token as the password.', headers: again };
  const token = tokenOf(authorization);
  const caller = token === null ? 'malformed' : await authenticate(context.deps, token);
  if (typeof caller !== 'string' && caller.kind !== 'session') {
    context.lastUse.note(caller);
    return caller;
  }
  context.strangerLimit.take(address);
  return {
    status: 401,
    text: caller === 'expired' ? 'This token has expired.' : 'This token is not known here, or was revoked.',
    headers: again,
  };
}

/** Basic credentials with the token as password, or a bearer token. */
function tokenOf(authorization: string): string | null {
  const bearer = /^Bearer +(\S{1,200})$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^Basic +([A-Za-z0-9+/=]{1,400})$/i.exec(authorization)?.[1];
  if (basic === undefined) return null;
  const text = Buffer.from(basic, 'base64').toString('utf8');
  return text.includes(':') ? text.slice(text.indexOf(':') + 1) : null;
}

function isPush(rest: string, query: string): boolean {
  return rest === 'git-receive-pack' || query.includes('service=git-receive-pack');
}

function refusalOf(caller: Caller, repository: RepositoryRow | null, push: boolean): Refusal | null {
  const place = repository && { projectId: repository.project.id, environmentId: null };
  const held = place ? scopeAt(caller.rights, place) : null;
  if (repository?.kind !== 'builtin' || held === null) return notFound;
  if (holds(held, push ? 'deploy' : 'read')) return null;
  return { status: 403, text: `Pushing needs the scope deploy; here yours is ${held}.` };
}

/** All refs of one push in one transaction: either each has its delivery, or git puts all of them back. */
async function recordPush(
  context: ApiContext,
  repository: RepositoryRow,
  pusher: string,
  updates: readonly RefUpdate[],
): Promise<void> {
  const nonce = randomUUID();
  await recordDeliveries(
    context.deps,
    updates.map((update) => toDelivery(repository.id, update, pusher, nonce)),
  );
  context.metrics.count('sconce_pushed_refs');
}

/** The delivery of one ref that moved. `nonce` tells two equal moves apart. */
export function toDelivery(
  repositoryId: string,
  update: RefUpdate,
  pusher: string | null,
  nonce: string,
): DeliveryInput {
  const { ref, before, after } = update;
  const body: BuiltinPushBody = { repository: repositoryId, ref, before, after, forced: false, pusher };
  const hostDelivery = createHash('sha256').update([repositoryId, ref, before, after, nonce].join('\0')).digest('hex');
  return { host: 'builtin', hostDelivery, event: 'push', body: Buffer.from(JSON.stringify(body)) };
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, text, headers = {} }: Refusal): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  drainBody(request);
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}
