import { ApiUnreachable, type CallHead, callHeaderNames, toApiProblem } from '@sconce/contract';
import { sessionEnded } from './session.ts';

export interface ServiceCall {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Blob | FormData | string | null;
  /** Of a body that is a text; a file and a form say theirs themselves. */
  readonly type: string | null;
}

export interface ServiceAnswer {
  readonly head: CallHead;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Null while it comes; else how it ended. */
  readonly end: 'whole' | 'cut' | 'broken' | null;
  /** From asking to the last byte that is here. */
  readonly ms: number;
}

/** More is not shown: a page is no place for it. */
const mostBytes = 24 * 1024 * 1024;
const mostDocumentBytes = 4 * 1024 * 1024;

/**
 * Calls a service through the platform and tells of the answer as it comes. Made once and never again by itself: a model's work is not free, and
 * not everything may be done twice. Throws `ApiProblem` where the platform refused, `ApiUnreachable` where it said nothing.
 */
export async function callService(
  { service, method, path, headers, body, type }: ServiceCall,
  onAnswer: (answer: ServiceAnswer) => void,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  const query = new URLSearchParams({ method, path });
  const response = await fetch(`/v1/services/${encodeURIComponent(service)}/calls?${query}`, {
    method: 'POST',
    body,
    signal,
    headers: {
      ...(type !== null ? { 'content-type': type } : {}),
      ...(Object.keys(headers).length > 0 ? { [callHeaderNames.send]: JSON.stringify(headers) } : {}),
    },
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new ApiUnreachable('The API did not answer the call', { cause, mayBeDone: method !== 'GET' });
  });
  if (response.status === 401) sessionEnded();
  if (!response.ok) throw await toApiProblem(response);
  const head = JSON.parse(decodeURIComponent(response.headers.get(callHeaderNames.head) ?? '')) as CallHead;
  await readAnswer(response, (bytes, end) => onAnswer({ head, bytes, end, ms: performance.now() - startedAt }), signal);
}

async function readAnswer(
  response: Response,
  tell: (bytes: Uint8Array<ArrayBuffer>, end: ServiceAnswer['end']) => void,
  signal: AbortSignal,
): Promise<void> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let toldAt = 0;
  try {
    for (;;) {
      const read = await reader?.read();
      if (!read?.value) return tell(joined(chunks, size), 'whole');
      chunks.push(read.value);
      size += read.value.length;
      if (size > mostBytes) {
        void reader?.cancel().catch(() => {});
        return tell(joined(chunks, size), 'cut');
      }
      // Words of a model are read as they come; the whole is put together a few times a second at most.
      if (performance.now() - toldAt > 100) {
        toldAt = performance.now();
        tell(joined(chunks, size), null);
      }
    }
  } catch {
    signal.throwIfAborted();
    tell(joined(chunks, size), 'broken');
  }
}

function joined(chunks: readonly Uint8Array<ArrayBuffer>[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** The service's own description of itself; null where it has none that can be read. */
export async function readOpenApi(service: string, signal: AbortSignal): Promise<unknown> {
  const answers: ServiceAnswer[] = [];
  const call = { service, method: 'GET', path: '/openapi.json', headers: {}, body: null, type: null };
  await callService(call, (answer) => answers.push(answer), signal);
  const last = answers.at(-1);
  if (last?.head.status !== 200 || last.end !== 'whole' || last.bytes.length > mostDocumentBytes) return null;
  try {
    return JSON.parse(new TextDecoder().decode(last.bytes)) as unknown;
  } catch {
    return null;
  }
}
