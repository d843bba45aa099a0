import { type EndpointName, type Endpoints, endpoints } from '../endpoints.ts';
import {
  type BodyInput,
  type Endpoint,
  type PathParameters,
  type QueryInput,
  type ReplyOf,
  type StreamItemOf,
} from '../shape/endpoint.ts';
import { askPatiently } from './ask-patiently.ts';
import { type FollowInput, follow } from './follow.ts';
import { KeptKeys } from './kept-keys.ts';
import type { CallInput, ClientOptions } from './send.ts';

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
  const keys = new KeptKeys();
  const respond = async (name: string, input: CallInput) => {
    const endpoint = table[name];
    if (!endpoint) throw new TypeError(`There is no endpoint ${name}`);
    return askPatiently(options, endpoint, input, keys);
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
