import { type EndpointName, type Endpoints, endpoints } from '../endpoints.ts';
import {
  type BodyInput,
  type Endpoint,
  type PathParameters,
  type QueryInput,
  type ReplyOf,
  type StreamItemOf,
  takesKey,
} from '../shape/endpoint.ts';
import { ApiProblem, ApiUnreachable } from './api-problem.ts';
import { type FollowInput, follow, pause } from './follow.ts';
import { type CallInput, type ClientOptions, send } from './send.ts';

type Given<E extends Endpoint> = (keyof PathParameters<E> extends never
  ? { params?: undefined }
  : { params: PathParameters<E> }) &
  (undefined extends BodyInput<E> ? { body?: undefined } : { body: BodyInput<E> }) & { query?: QueryInput<E> };

/** `{ params: { service }, query, body }`: what the path names is required, so is the body where there is one. */
export type InputOf<E extends Endpoint> = Given<E> & Pick<CallInput, 'idempotencyKey' | 'ifMatch' | 'signal'>;
export type FollowInputOf<E extends Endpoint> = Given<E> &
  Pick<FollowInput, 'after' | 'onOpen' | 'onReconnect' | 'signal' | 'silentMs'>;

type OptionalInput<E extends Endpoint, Input> = keyof PathParameters<E> extends never
  ? undefined extends BodyInput<E>
    ? [input?: Input]
    : [input: Input]
  : [input: Input];
type Streaming = {
  [Name in EndpointName]: [StreamItemOf<Endpoints[Name]>] extends [never] ? never : Name;
}[EndpointName];

/** One method per endpoint of the contract, each answering the reply's body. */
export type Client = {
  readonly [Name in EndpointName]: (
    ...input: OptionalInput<Endpoints[Name], InputOf<Endpoints[Name]>>
  ) => Promise<ReplyOf<Endpoints[Name]>>;
} & {
  /** The streams: async iterators that reconnect and resume by themselves. */
  readonly follow: {
    readonly [Name in Streaming]: (
      ...input: OptionalInput<Endpoints[Name], FollowInputOf<Endpoints[Name]>>
    ) => AsyncGenerator<StreamItemOf<Endpoints[Name]>>;
  };
  /** As the method of that name, with status and headers (ETag, Location). */
  respond<Name extends EndpointName>(
    name: Name,
    input: InputOf<Endpoints[Name]>,
  ): Promise<{ status: number; headers: Headers; body: ReplyOf<Endpoints[Name]> }>;
};

/** A typed client over the endpoint table. Throws `ApiProblem` (the server said no) and `ApiUnreachable` (it said nothing). */
export function createClient(options: ClientOptions): Client {
  const table: Readonly<Record<string, Endpoint>> = endpoints;
  const respond = async (name: string, input: CallInput) => {
    const endpoint = table[name];
    if (!endpoint) throw new TypeError(`There is no endpoint ${name}`);
    return askPatiently(options, endpoint, input);
  };
  const methods = Object.keys(table).map((name) => [
    name,
    async (input: CallInput = {}) => (await respond(name, input)).body,
  ]);
  const streams = Object.entries(table)
    .filter(([, endpoint]) => endpoint.stream !== null)
    .map(([name, endpoint]) => [name, (input: FollowInput = {}) => follow(options, endpoint, input)]);
  return { ...Object.fromEntries(methods), follow: Object.fromEntries(streams), respond } as Client;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const tries = 4;

/** Repeats what is safe to repeat: reads, and writes whose key makes a second one nothing. An answer that broke off is none. */
async function askPatiently(options: ClientOptions, endpoint: Endpoint, given: CallInput): Promise<Answer> {
  const input =
    takesKey(endpoint) && !given.idempotencyKey ? { ...given, idempotencyKey: globalThis.crypto.randomUUID() } : given;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask(options, endpoint, input);
    } catch (error) {
      if (attempt === tries || !isPassing(error)) throw error;
      const told = error instanceof ApiProblem ? error.retryAfterMs : null;
      await pause(Math.min(told ?? 100 * 2 ** attempt, longestPauseMs), input.signal);
    }
  }
}

async function ask(options: ClientOptions, endpoint: Endpoint, input: CallInput): Promise<Answer> {
  const response = await send(options, endpoint, input, { accept: 'application/json' });
  try {
    return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
  } catch (cause) {
    input.signal?.throwIfAborted();
    throw new ApiUnreachable(`The answer to ${endpoint.method} ${endpoint.path} broke off`, { cause });
  }
}

const longestPauseMs = 10_000;

/** Who is told to come back later than anybody would wait is told so, instead of being left to wait. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiUnreachable) return true;
  return (
    error instanceof ApiProblem &&
    (error.status === 503 || error.status === 429 || error.code === 'idempotency_running') &&
    (error.retryAfterMs ?? 0) <= longestPauseMs
  );
}
