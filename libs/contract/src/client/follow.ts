import type { Endpoint } from '../shape/endpoint.ts';
import { ApiProblem, ApiUnreachable } from './api-problem.ts';
import { parseSse } from './parse-sse.ts';
import { type CallInput, type ClientOptions, send } from './send.ts';

export interface FollowInput extends CallInput {
  /** Id to go on after: that of the last item seen. */
  readonly after?: string;
  /** Called whenever the server has begun to answer: from here on what comes is current. */
  readonly onOpen?: () => void;
  /** Called before each new try, with why the last one ended. */
  readonly onReconnect?: (why: unknown) => void;
  /** A connection on which nothing came for so long is dead, whatever the system thinks of it. Default 40 s: the server says something every 15 s. */
  readonly silentMs?: number;
}

const longestPauseMs = 5_000;
const defaultSilentMs = 40_000;

/**
 * Items of a stream, over as many connections as it takes: each one goes on after the last id seen, so that nothing is missed or
 * repeated. Ends when the server says that the thing itself has ended, or by the signal (it then throws the signal's reason). Throws
 * `ApiProblem` when the server refuses it for good (401, 403, 404...).
 */
export async function* follow<Item>(
  options: ClientOptions,
  endpoint: Endpoint,
  input: FollowInput,
): AsyncGenerator<Item> {
  let lastId = input.after ?? null;
  for (let failures = 0; ; failures += 1) {
    let why: unknown = new ApiUnreachable('The stream was cut');
    try {
      const headers = { accept: 'text/event-stream', ...(lastId === null ? {} : { 'last-event-id': lastId }) };
      const response = await send(options, endpoint, input, headers);
      input.onOpen?.();
      for await (const event of parseSse(whileHeard(response.body, input.silentMs ?? defaultSilentMs))) {
        failures = 0;
        lastId = event.id ?? lastId;
        if (event.event === 'end') return;
        yield JSON.parse(event.data) as Item;
      }
    } catch (error) {
      input.signal?.throwIfAborted();
      if (error instanceof ApiProblem && error.status < 500 && error.status !== 429) throw error;
      why = error;
    }
    input.signal?.throwIfAborted();
    input.onReconnect?.(why);
    await pause(retryMs(why, failures), input.signal);
  }
}

/** The body's bytes, until nothing came for too long. Read by hand: not every browser iterates over a body. */
async function* whileHeard(body: ReadableStream<Uint8Array> | null, silentMs: number): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  try {
    for (;;) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new ApiUnreachable('The stream fell silent')), silentMs);
      });
      const read = await Promise.race([reader?.read(), silence]).finally(() => clearTimeout(timer));
      if (!read || read.done) return;
      yield read.value;
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

function retryMs(why: unknown, failures: number): number {
  const told = why instanceof ApiProblem ? why.retryAfterMs : null;
  return told ?? Math.min(longestPauseMs, 100 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);
}

export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
