import type { Context } from './context.ts';
import type { RequestHead } from './http/parse-request-head.ts';
import { explainProblem, problemPages, renderProblem } from './problem.ts';

const prefix = '/.sconce/';

/** `/.sconce/` belongs to the gateway at every host. */
export function isOwnPath(target: string): boolean {
  return target.startsWith(prefix);
}

/** The whole answer as text. */
export function answerOwnPath(context: Context, head: RequestHead, requestId: string): { text: string } {
  const close = !head.keepAlive || head.framing !== 'none' || context.isStopping;
  const options = { requestId, close, headOnly: head.method === 'HEAD' };
  const path = head.target.split('?', 1)[0] ?? '';
  if (path === '/.sconce/healthz') {
    const health = { alive: true, tableVersion: context.table.version, stopping: context.isStopping };
    return { text: renderPage('application/json', `${JSON.stringify(health)}\n`, options) };
  }
  const explained = path.startsWith(problemPages) ? explainProblem(path.slice(problemPages.length)) : null;
  if (explained !== null) return { text: renderPage('text/plain', explained, options) };
  const detail = `Paths under ${prefix} belong to the gateway, and it has nothing at this one.`;
  return { text: renderProblem({ code: 'route_unknown', detail }, options) };
}

/** `body` is plain ASCII. */
function renderPage(
  type: string,
  body: string,
  options: { requestId: string; close: boolean; headOnly: boolean },
): string {
  const lines = [
    'HTTP/1.1 200 OK',
    `date: ${new Date().toUTCString()}`,
    `content-type: ${type}`,
    `content-length: ${body.length}`,
    'cache-control: no-store',
    `x-request-id: ${options.requestId}`,
    ...(options.close ? ['connection: close'] : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${options.headOnly ? '' : body}`;
}
