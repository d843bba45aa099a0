import type { IncomingMessage, ServerResponse } from 'node:http';
import { toOpenApi } from '@sconce/contract';
import { holdsInstance } from '@sconce/core';
import { isFromThisMachine, openMetricsType } from '@sconce/foundation';
import type { ApiContext } from '../context.ts';
import { authenticateRequest } from '../endpoint/authenticate-request.ts';
import { securityHeaders } from '../http/headers.ts';
import { hasDashboardFile, sendDashboardFile, sendDashboardPage } from './dashboard-site.ts';
import { sendProblemPage } from './problem-page.ts';
import { sendSetup, useSetup } from './setup-page.ts';
import { icon, styleSheet } from './style-sheet.ts';

type Handler = (
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
) => Promise<void> | void;

const exact: Readonly<Record<string, Handler>> = {
  'GET /': (context, _, response) => sendDashboardPage(context, response, 200),
  'GET /assets/sconce.css': (_, __, response) =>
    sendText(response, 200, 'text/css; charset=utf-8', styleSheet, { 'cache-control': 'public, max-age=3600' }),
  'GET /assets/icon.svg': (_, __, response) =>
    sendText(response, 200, 'image/svg+xml', icon, { 'cache-control': 'public, max-age=3600' }),
  // Where what keeps passwords leads its people to change one (W3C, A Well-Known URL for Changing Passwords).
  'GET /.well-known/change-password': (_, __, response) =>
    sendText(response, 303, 'text/plain; charset=utf-8', '', { location: '/account' }),
  'GET /healthz': (_, __, response) => sendText(response, 200, 'text/plain; charset=utf-8', 'ok\n'),
  'GET /readyz': sendReady,
  'GET /metrics': sendMetrics,
  'GET /v1/openapi.json': (context, _, response) =>
    sendText(response, 200, 'application/json; charset=utf-8', openApi(context), { 'cache-control': 'no-cache' }),
};

/** Paths that are not of the REST table: pages, health, the document. False when the path is none of them. */
export function takeOwnPath(
  context: ApiContext,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const handler = Object.hasOwn(exact, `${method} ${path}`)
    ? exact[`${method} ${path}`]
    : (prefixed(`${method} ${path}`) ?? ofDashboard(context, method, path, request));
  if (!handler) return false;
  Promise.resolve(handler(context, request, response, path)).catch((error: unknown) => {
    context.deps.log.error({ err: error, path: path.slice(0, 40) }, 'a page failed');
    if (!response.headersSent)
      sendText(response, 500, 'text/plain; charset=utf-8', 'Something went wrong on our side.\n');
    else response.destroy();
  });
  return true;
}

function prefixed(line: string): Handler | undefined {
  if (line.startsWith('GET /setup/')) return sendSetup;
  if (line.startsWith('POST /setup/')) return useSetup;
  if (line.startsWith('GET /problems/'))
    return (_, __, response, path) => sendProblemPage(response, path.slice('/problems/'.length));
  return undefined;
}

const assets = '/assets/';
/** Pages beside those below `/p/`; apps/dashboard/src/app/paths.ts has the same. */
const pagesOfNoProject: ReadonlySet<string> = new Set(['/pools', '/activity', '/audit', '/tokens']);
/** Where programs ask; what is not there is answered as a problem, whatever they accept. */
const forPrograms = /^\/(?:v1|git|assets)(?:\/|$)/;

/** Its files, its pages by address, and for people who typed what leads nowhere its page that says so. */
function ofDashboard(
  { dashboard }: ApiContext,
  method: string | undefined,
  path: string,
  request: IncomingMessage,
): Handler | undefined {
  if (method !== 'GET') return undefined;
  const name = path.startsWith(assets) ? path.slice(assets.length) : '';
  if (hasDashboardFile(dashboard, name))
    return (_, __, response) => sendDashboardFile(dashboard, name, request, response);
  if (path.startsWith('/p/') || /^\/account(?:\/|$)/.test(path) || pagesOfNoProject.has(path))
    return (context, _, response) => sendDashboardPage(context, response, 200);
  const isPerson = /\btext\/html\b/.test(request.headers.accept ?? '');
  if (!isPerson || forPrograms.test(path)) return undefined;
  return (context, _, response) => sendDashboardPage(context, response, 404);
}

export function sendText(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...securityHeaders,
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

let document: { readonly url: string; readonly text: string } | null = null;

function openApi(context: ApiContext): string {
  if (document?.url !== context.publicUrl)
    document = { url: context.publicUrl, text: JSON.stringify(toOpenApi(context.publicUrl)) };
  return document.text;
}

async function sendReady(context: ApiContext, _: IncomingMessage, response: ServerResponse): Promise<void> {
  const stopping = context.stopping.aborted;
  const answered =
    !stopping &&
    (await Promise.race([
      context.deps.db.pool.query('SELECT 1').then(
        () => true,
        () => false,
      ),
      context.deps.clock.sleep(2_000).then(() => false),
    ]));
  const text = stopping ? 'stopping\n' : answered ? 'ready\n' : 'the database does not answer\n';
  sendText(response, answered ? 200 : 503, 'text/plain; charset=utf-8', text);
}

/** For scrapers on the machine itself, and for administrators' tokens from elsewhere. */
async function sendMetrics(context: ApiContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const local = isFromThisMachine(request);
  const known = local ? null : await authenticateRequest(context, request).catch(() => null);
  if (!local && !(known && holdsInstance(known.caller.rights)))
    return sendText(response, 401, 'text/plain; charset=utf-8', 'An administrator’s token is needed.\n', {
      'www-authenticate': 'Bearer realm="sconce"',
    });
  sendText(response, 200, openMetricsType, context.metrics.text());
}
