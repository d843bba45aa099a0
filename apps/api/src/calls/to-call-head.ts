import type { IncomingMessage } from 'node:http';
import type { CallHead } from '@sconce/contract';

/** About one connection, or for one browser alone: nothing to show. */
const notShown = /^(?:connection|keep-alive|transfer-encoding|trailer|upgrade|proxy-.*|set-cookie|x-sconce-.*)$/;
const mostHeaderBytes = 6_000;

/** What the service said besides the body. Answers of the gateway itself name no release. */
export function toCallHead(answer: IncomingMessage, method: string, firstByteMs: number): CallHead {
  const release = single(answer, 'x-sconce-release');
  const type =
    method === 'HEAD' && answer.headers['content-type'] === undefined ? null : answer.headers['content-type'];
  return {
    status: answer.statusCode ?? 0,
    type: type ?? null,
    from: release === null ? 'gateway' : 'service',
    release,
    replica: single(answer, 'x-sconce-replica'),
    requestId: single(answer, 'x-request-id'),
    firstByteMs: Math.round(firstByteMs * 10) / 10,
    headers: shownHeaders(answer.rawHeaders),
  };
}

function single(answer: IncomingMessage, name: string): string | null {
  const value = answer.headers[name];
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : null;
}

function shownHeaders(raw: readonly string[]): [string, string][] {
  const shown: [string, string][] = [];
  let bytes = 0;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    if (notShown.test(name)) continue;
    bytes += name.length + value.length;
    if (bytes > mostHeaderBytes) break;
    shown.push([name, value]);
  }
  return shown;
}
