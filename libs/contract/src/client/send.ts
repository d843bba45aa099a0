import type { Endpoint } from '../shape/endpoint.ts';
import { ApiUnreachable, toApiProblem } from './api-problem.ts';

export interface ClientOptions {
  /** `http://127.0.0.1:7400`, without `/v1`. */
  readonly baseUrl: string;
  /** Absent in a browser: its session cookie goes along. */
  readonly token?: string | undefined;
  readonly fetch?: typeof globalThis.fetch;
}

export interface CallInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: object;
  readonly body?: unknown;
  /** Made for every write that brings none, so that a repeated one has no second effect. */
  readonly idempotencyKey?: string;
  /** ETag that the change is meant for; another one is answered with 412. */
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
}

/** Builds and sends one request. Throws `ApiProblem` for answers of 400 and above, `ApiUnreachable` when none came. */
export async function send(
  options: ClientOptions,
  endpoint: Endpoint,
  input: CallInput,
  headers: Record<string, string>,
): Promise<Response> {
  const fetch = options.fetch ?? globalThis.fetch;
  const url = `${options.baseUrl.replace(/\/+$/, '')}${toPath(endpoint, input.params ?? {})}${toQuery(input.query ?? {})}`;
  const init: RequestInit = {
    method: endpoint.method,
    headers: {
      ...headers,
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      ...bodyHeaders(endpoint, input),
    },
    ...(endpoint.body ? { body: JSON.stringify(input.body ?? {}) } : {}),
    ...(input.signal ? { signal: input.signal } : {}),
    credentials: options.token ? 'omit' : 'same-origin',
  };
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    input.signal?.throwIfAborted();
    throw new ApiUnreachable(`${options.baseUrl} did not answer ${endpoint.method} ${endpoint.path}`, {
      cause,
      mayBeDone: endpoint.method !== 'GET' && !neverConnected(cause),
    });
  }
  if (!response.ok) throw await toApiProblem(response);
  return response;
}

const beforeConnecting: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Node says so; browsers tell nobody why a request failed. */
function neverConnected(cause: unknown): boolean {
  const why = cause instanceof Error ? cause.cause : null;
  return typeof why === 'object' && why !== null && 'code' in why && beforeConnecting.has(why.code);
}

function bodyHeaders(endpoint: Endpoint, input: CallInput): Record<string, string> {
  return {
    ...(endpoint.body
      ? { 'content-type': endpoint.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }
      : {}),
    ...(input.idempotencyKey ? { 'idempotency-key': input.idempotencyKey } : {}),
    ...(input.ifMatch ? { 'if-match': input.ifMatch } : {}),
  };
}

/** `/v1/services/{service}` with `vision/production/resnet50` becomes `/v1/services/vision%2Fproduction%2Fresnet50`. */
export function toPath(endpoint: Endpoint, params: Readonly<Record<string, string>>): string {
  return endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (!value) throw new TypeError(`${endpoint.method} ${endpoint.path} needs ${name}`);
    return encodeURIComponent(value);
  });
}

function toQuery(query: object): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(key, Array.isArray(value) ? value.join(',') : String(value));
  }
  return search.size === 0 ? '' : `?${search}`;
}
