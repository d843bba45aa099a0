import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { eventHorizon } from '@sconce/db';
import type { Log } from '@sconce/foundation';
import type { ApiContext } from '../context.ts';
import { readSessionCookie } from '../http/cookies.ts';
import { securityHeaders } from '../http/headers.ts';
import { html, sendPage } from './html.ts';

/**
 * The dashboard as it was built: one page, and files whose names change with what is in them. Only names that were there when it was opened are
 * served, so no path can lead out of it.
 */
export interface DashboardSite {
  /** On every answer of it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null: it was not built. */
  readonly page: Buffer | null;
  /** The page in two, and what goes between for somebody who is signed in. */
  readonly signedIn: { readonly before: string; readonly head: string; readonly after: string } | null;
  readonly directory: string;
  /** Of the files under assets/, `index-B71R6hua.js` and, compressed, `index-B71R6hua.js.br`. */
  readonly names: ReadonlySet<string>;
}

/** `secure`: it is opened over https, and browsers are to know that it always is. */
export function openDashboardSite(directory: string, log: Log, secure: boolean): DashboardSite {
  const headers = { ...securityHeaders, ...(secure ? { 'strict-transport-security': 'max-age=31536000' } : {}) };
  try {
    const names = new Set(readdirSync(join(directory, 'assets')));
    const page = readFileSync(join(directory, 'index.html'));
    const [before = '', after] = page.toString().split(/(?=<title>)/);
    const head = readFileSync(join(directory, 'signed-in-head.html'), 'utf8');
    return { headers, page, signedIn: after === undefined ? null : { before, head, after }, directory, names };
  } catch (error) {
    log.warn({ err: error, directory }, 'the dashboard was not built');
    return { headers, page: null, signedIn: null, directory, names: new Set() };
  }
}

/**
 * Scripts, styles, fonts and requests from here alone, nothing inline, and no text ever becomes markup or script: the page has no sink that takes
 * text (Trusted Types), and no policy that would make one.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  // Pictures and sounds that a service answered: bytes that the page has, shown by elements that run nothing.
  "img-src 'self' blob:",
  'media-src blob:',
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Passkeys are for the page itself; what it never uses, nothing that gets into it can use either. */
const permissions = [
  ...['publickey-credentials-create=(self)', 'publickey-credentials-get=(self)', 'clipboard-write=(self)'],
  ...['accelerometer', 'camera', 'display-capture', 'geolocation', 'gyroscope', 'hid', 'magnetometer', 'microphone'],
  ...['midi', 'payment', 'serial', 'usb'],
]
  .map((one) => (one.includes('=') ? one : `${one}=()`))
  .join(', ');

/** The database has so long to say where the stream of events stands; then the page asks for it itself. */
const horizonMs = 500;

/**
 * The one page that all addresses of the dashboard lead to; never kept, so that a new version is there at once. To a browser with a session it says where the
 * stream of events stands now, and lets it ask for the lists that begin there while the script is still on its way. Whether the session is good
 * is not asked: those lists say.
 */
export async function sendDashboardPage(
  { dashboard: site, deps, secureCookies }: Pick<ApiContext, 'dashboard' | 'deps' | 'secureCookies'>,
  response: ServerResponse,
  status: 200 | 404,
): Promise<void> {
  if (site.page === null) {
    sendPage(response, 503, 'Not built', notBuilt);
    return;
  }
  const hasSession = site.signedIn !== null && readSessionCookie(response.req, secureCookies) !== null;
  const asked = hasSession ? eventHorizon(deps.db.tx).catch(() => null) : null;
  const stream = asked && (await Promise.race([asked, deps.clock.sleep(horizonMs).then(() => null)]));
  const page = stream === null ? site.page : withStream(site, stream);
  response.writeHead(status, {
    ...site.headers,
    'content-security-policy': policy,
    'permissions-policy': permissions,
    'cross-origin-opener-policy': 'same-origin',
    'content-type': 'text/html; charset=utf-8',
    'content-length': page.length,
  });
  response.end(response.req.method === 'HEAD' ? undefined : page);
}

function withStream({ page, signedIn }: DashboardSite, stream: string): Buffer {
  if (signedIn === null) return page ?? Buffer.alloc(0);
  const { before, head, after } = signedIn;
  return Buffer.from(`${before}<meta name="sconce-stream" content="${stream}">${head}${after}`);
}

const notBuilt = html`<h1>The dashboard was not built</h1>
<p>Run <code>npm run build</code> where Sconce is, and start it again. The API and the command line work without it.</p>`;

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export const hasDashboardFile = (site: DashboardSite, name: string): boolean =>
  site.names.has(name) && Object.hasOwn(types, extname(name));

/** A file under assets/, which `hasDashboardFile`: compressed where the client takes that, and kept for ever, since its name changes with it. */
export async function sendDashboardFile(
  site: DashboardSite,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const encoding = encodingFor(site, name, String(request.headers['accept-encoding'] ?? ''));
  const bytes = await readFile(join(site.directory, 'assets', encoding ? `${name}.${encoding.suffix}` : name));
  response.writeHead(200, {
    ...site.headers,
    'content-type': types[extname(name)],
    'content-length': bytes.length,
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
    ...(encoding ? { 'content-encoding': encoding.name } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

const encodings = [
  { name: 'br', suffix: 'br' },
  { name: 'gzip', suffix: 'gz' },
];

function encodingFor(site: DashboardSite, name: string, accepted: string) {
  const taken = accepted.split(',').flatMap((one) => {
    const [coding = '', quality = ''] = one.split(';').map((part) => part.trim().toLowerCase());
    return quality.replaceAll(' ', '') === 'q=0' ? [] : [coding];
  });
  return encodings.find((one) => taken.includes(one.name) && site.names.has(`${name}.${one.suffix}`));
}
