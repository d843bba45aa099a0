import type { Context } from './context.ts';
import type { RequestHead } from './http/parse-request-head.ts';
import { renderProblem } from './problem.ts';

/** `/.sconce/` belongs to the gateway at every host. */
export function isOwnPath(target: string): boolean {
  return target.startsWith('/.sconce/');
}

/** The whole answer as text. */
export function answerOwnPath(context: Context, head: RequestHead, requestId: string): { text: string } {
  const close = !head.keepAlive || head.framing !== 'none' || context.isStopping;
  const headOnly = head.method === 'HEAD';
  const path = head.target.split('?', 1)[0];
  if (path !== '/.sconce/healthz') {
    const detail = 'Paths under /.sconce/ belong to the gateway, and it has nothing at this one.';
    return { text: renderProblem({ code: 'route_unknown', detail }, { requestId, close, headOnly }) };
  }
  const body = `${JSON.stringify({ alive: true, tableVersion: context.table.version, stopping: context.isStopping })}\n`;
  const lines = [
    'HTTP/1.1 200 OK',
    `date: ${new Date().toUTCString()}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'cache-control: no-store',
    `x-request-id: ${requestId}`,
    ...(close ? ['connection: close'] : []),
  ];
  return { text: `${lines.join('\r\n')}\r\n\r\n${headOnly ? '' : body}` };
}
