import { Readable } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '@sconce/ports';
import { type Dispatcher, request as send } from 'undici';
import type { WebSocket } from 'ws';
import { type Connection, connect } from './connect.ts';
import { toRefusal, toUnavailable } from './kubernetes-errors.ts';
import { openSocket } from './open-socket.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A body as the API takes it: `apply` is a server-side apply, `merge` a JSON merge patch. */
type Content = 'json' | 'merge' | 'apply';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly content?: Content;
  readonly timeoutMs?: number;
}

/** Throws `KubernetesRefused` where the API server says no, and `RuntimeUnavailable` where it does not answer. */
export interface KubernetesApi {
  /** `attempt` names it in errors: `listing pods`. */
  call<T>(attempt: string, request: ApiRequest): Promise<T>;
  /** The body as it comes; only its beginning has a time limit. Ends with the signal. */
  stream(attempt: string, path: string, query: Query, signal: AbortSignal): Promise<Readable>;
  /** A WebSocket that is read from when somebody listens; `search` begins with `?`. */
  socket(attempt: string, path: string, search: string, protocol: string): Promise<WebSocket>;
  close(): Promise<void>;
}

const contentTypes: Readonly<Record<Content, string>> = {
  json: 'application/json',
  merge: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

const usualTimeoutMs = 20_000;
const mostBytes = 64 * 1024 * 1024;
/** An API server under load says when to come again; who has asked this often says so to others. */
const mostTries = 5;
const longestWaitMs = 10_000;

export function createKubernetesApi(kubeConfig: KubeConfig, clock: Clock): KubernetesApi {
  let connecting: Promise<Connection> | null = null;
  const connection = () => {
    connecting ??= connect(kubeConfig).catch((error: unknown) => {
      // Credentials that a program or a file gives may be there the next time.
      connecting = null;
      throw error;
    });
    return connecting;
  };

  async function connectionFor(attempt: string): Promise<Connection> {
    try {
      return await connection();
    } catch (error) {
      throw toUnavailable(attempt, error);
    }
  }

  async function begin(attempt: string, request: ApiRequest, dispatcher: 'calls' | 'streams', signal: AbortSignal) {
    try {
      const { server, headers, ...dispatchers } = await connection();
      const given = await headers();
      return await send(`${server}${request.path}${toSearch(request.query ?? {})}`, {
        method: request.method,
        headers: {
          ...given,
          accept: 'application/json',
          ...(request.body === undefined ? {} : { 'content-type': contentTypes[request.content ?? 'json'] }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        dispatcher: dispatchers[dispatcher],
        signal,
      });
    } catch (error) {
      throw toUnavailable(attempt, error);
    }
  }

  async function once(attempt: string, request: ApiRequest): Promise<Answer> {
    const signal = AbortSignal.timeout(request.timeoutMs ?? usualTimeoutMs);
    const response = await begin(attempt, request, 'calls', signal);
    try {
      const body = await readBody(response.body);
      return { statusCode: response.statusCode, retryAfterMs: retryAfterMs(response), body };
    } catch (error) {
      throw toUnavailable(attempt, error);
    }
  }

  return {
    async call<T>(attempt: string, request: ApiRequest) {
      for (let tries = 1; ; tries += 1) {
        const { statusCode, body, retryAfterMs: waitMs } = await once(attempt, request);
        if (statusCode < 300) return parse(attempt, body) as T;
        // 429 is asked before anything is done, so any request may be sent again.
        const mayComeAgain = statusCode === 429 || (statusCode === 503 && waitMs !== null);
        if (!mayComeAgain || tries >= mostTries) throw toRefusal(attempt, statusCode, body);
        await clock.sleep(Math.min(waitMs ?? 1_000 * tries, longestWaitMs));
      }
    },
    async stream(attempt, path, query, signal) {
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(new Error('no answer in time')), usualTimeoutMs);
      const either = AbortSignal.any([signal, limit.signal]);
      try {
        const response = await begin(attempt, { method: 'GET', path, query }, 'streams', either);
        if (response.statusCode >= 300) {
          throw toRefusal(attempt, response.statusCode, await readBody(response.body));
        }
        // A broken connection shows to the reader as the stream's end; without a listener it would end the process.
        response.body.on('error', () => undefined);
        return response.body;
      } finally {
        clearTimeout(timer);
      }
    },
    async socket(attempt, path, search, protocol) {
      return openSocket(await connectionFor(attempt), attempt, path, search, protocol);
    },
    async close() {
      const made = await connecting?.catch(() => null);
      await made?.close();
    },
  };
}

interface Answer {
  readonly statusCode: number;
  readonly retryAfterMs: number | null;
  readonly body: Buffer;
}

function toSearch(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
  return search.size === 0 ? '' : `?${search}`;
}

function retryAfterMs({ headers }: Dispatcher.ResponseData): number | null {
  const seconds = Number(headers['retry-after']);
  return headers['retry-after'] === undefined || !Number.isFinite(seconds) ? null : seconds * 1_000;
}

async function readBody(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length;
    if (bytes > mostBytes) throw new Error(`its answer is longer than ${mostBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function parse(attempt: string, body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw toUnavailable(attempt, error);
  }
}
