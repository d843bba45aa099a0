import { type Endpoint, takesKey } from '../shape/endpoint.ts';
import { ApiProblem, ApiUnreachable } from './api-problem.ts';
import { pause } from './follow.ts';
import type { KeptKeys } from './kept-keys.ts';
import { type CallInput, type ClientOptions, send, toPath } from './send.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const tries = 4;
/** Longer than the server lets any request run: it says so itself while the first one has not ended. */
const runningMs = 60_000;
const longestPauseMs = 10_000;
/** Connections stall without a word: longer than any answer takes. What the API still works on then is waited for under its key. */
const answerMs = 30_000;

/**
 * Repeats what is safe to repeat: reads, and writes whose key makes a second one nothing. An answer that broke off is none. Throws `ApiUnreachable` with
 * `mayBeDone` for a write that was sent and of which no answer told what became of it.
 */
export async function askPatiently(
  options: ClientOptions,
  endpoint: Endpoint,
  input: CallInput,
  keys: KeptKeys,
): Promise<Answer> {
  if (!takesKey(endpoint) || input.idempotencyKey) return askAgain(options, endpoint, input);
  const write = JSON.stringify([endpoint.method, toPath(endpoint, input.params ?? {}), input.query, input.body]);
  const key = keys.keyOf(write, Date.now());
  try {
    const answer = await askAgain(options, endpoint, { ...input, idempotencyKey: key });
    keys.answered(write);
    return answer;
  } catch (error) {
    if (error instanceof ApiUnreachable && error.mayBeDone) keys.unanswered(write, key, Date.now());
    else keys.answered(write);
    throw error;
  }
}

async function askAgain(options: ClientOptions, endpoint: Endpoint, input: CallInput): Promise<Answer> {
  const beganMs = Date.now();
  let isLost = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask(options, endpoint, input);
    } catch (error) {
      isLost ||= isUnanswered(error);
      const isRunning = codeOf(error) === 'idempotency_running' && Date.now() - beganMs < runningMs;
      if (!isPassing(error) || (attempt >= tries && !isRunning)) throw isLost ? untold(endpoint, error) : error;
      const told = error instanceof ApiProblem ? error.retryAfterMs : null;
      await pause(Math.min(told ?? 100 * 2 ** attempt, longestPauseMs), input.signal);
    }
  }
}

async function ask(options: ClientOptions, endpoint: Endpoint, input: CallInput): Promise<Answer> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), answerMs);
  const signal = input.signal ? AbortSignal.any([input.signal, stalled.signal]) : stalled.signal;
  let what = `${options.baseUrl} did not answer ${endpoint.method} ${endpoint.path} within ${answerMs / 1_000} s`;
  try {
    const response = await send(options, endpoint, { ...input, signal }, { accept: 'application/json' });
    what = `The answer to ${endpoint.method} ${endpoint.path} broke off`;
    return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
  } catch (cause) {
    input.signal?.throwIfAborted();
    if (cause instanceof ApiProblem || cause instanceof ApiUnreachable) throw cause;
    throw new ApiUnreachable(what, { cause, mayBeDone: endpoint.method !== 'GET' });
  } finally {
    clearTimeout(timer);
  }
}

const codeOf = (error: unknown): string | null => (error instanceof ApiProblem ? error.code : null);

/** It was sent, and what came back is not the API's word on it: nothing, or a proxy that lost the API. */
function isUnanswered(error: unknown): boolean {
  return error instanceof ApiUnreachable ? error.mayBeDone : isOfProxy(error);
}

const isOfProxy = (error: unknown): boolean =>
  error instanceof ApiProblem && error.code === 'unknown' && (error.status === 502 || error.status === 504);

/** Answers that come before the key is looked at, and so tell nothing of the attempt that was lost. */
const beforeTheKey: ReadonlySet<string> = new Set([
  'unauthenticated',
  'rate_limited',
  'unavailable',
  'idempotency_running',
  'unknown',
]);

function untold(endpoint: Endpoint, error: unknown): unknown {
  if (endpoint.method === 'GET') return error;
  if (error instanceof ApiProblem && !beforeTheKey.has(error.code)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ApiUnreachable(message, { cause: error, mayBeDone: true });
}

/** Who is told to come back later than anybody would wait is told so, instead of being left to wait. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiUnreachable || isOfProxy(error)) return true;
  return (
    error instanceof ApiProblem &&
    (error.status === 503 || error.status === 429 || error.code === 'idempotency_running') &&
    (error.retryAfterMs ?? 0) <= longestPauseMs
  );
}
