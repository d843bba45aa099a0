import { z } from 'zod';
import { dryRun, wait } from './field.ts';
import type { Permission } from './permission.ts';

type Shape = Readonly<Record<string, z.ZodType>>;

/** One line of the endpoint table: all that server, client and documents need to know. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/v1/services/{service}`; a parameter is named after what it refers to. */
  readonly path: string;
  readonly summary: string;
  readonly permission: Permission;
  /** Strict: an unknown parameter is an error. Writes have `dryRun`, long work has `wait`. */
  readonly query: z.ZodType;
  readonly body: z.ZodType | null;
  /** Status and shape of the answer; what the schema does not name never leaves. */
  readonly status: 200 | 201 | 202;
  readonly reply: z.ZodType;
  /** Item of the stream that the same path answers for text/event-stream and application/x-ndjson, or null. */
  readonly stream: z.ZodType | null;
  /** What `?wait` waits for. */
  readonly longWork: 'build' | 'rollout' | 'deployment' | null;
  /** The body is any bytes and goes on elsewhere; the answer is what came from there, as octets. `reply` is that of a dry run. */
  readonly relays?: true;
  /** Asked for with `Upgrade: websocket` it becomes a WebSocket to something else. `reply` is for those who ask without. */
  readonly upgrades?: true;
}

type Parameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Parameters<Rest>
  : never;
/** `{ service: string }` for `/v1/services/{service}`. */
export type PathParameters<E extends Endpoint> = Readonly<Record<Parameters<E['path']>, string>>;
export type QueryInput<E extends Endpoint> = z.input<E['query']>;
export type QueryOf<E extends Endpoint> = z.output<E['query']>;
export type BodyInput<E extends Endpoint> = E['body'] extends z.ZodType ? z.input<E['body']> : undefined;
export type BodyOf<E extends Endpoint> = E['body'] extends z.ZodType ? z.output<E['body']> : undefined;
export type ReplyOf<E extends Endpoint> = z.output<E['reply']>;
export type StreamItemOf<E extends Endpoint> = E['stream'] extends z.ZodType ? z.output<E['stream']> : never;

interface Common<Path extends string> {
  readonly path: Path;
  readonly summary: string;
}

export function reading<
  Path extends string,
  Reply extends z.ZodType,
  const P extends Permission,
  Query extends Shape = Record<never, never>,
>(spec: Common<Path> & { permission: P; reply: Reply; query?: Query }) {
  const query = z.strictObject((spec.query ?? {}) as Query);
  return { ...spec, method: 'GET', query, body: null, status: 200, stream: null, longWork: null } as const;
}

/** A list that is also a stream: the same path, chosen by `Accept`. */
export function following<
  Path extends string,
  Reply extends z.ZodType,
  Item extends z.ZodType,
  const P extends Permission,
  Query extends Shape,
>(spec: Common<Path> & { permission: P; reply: Reply; item: Item; query: Query }) {
  const { item, ...rest } = spec;
  return {
    ...rest,
    method: 'GET',
    query: z.strictObject(spec.query),
    body: null,
    status: 200,
    stream: item,
    longWork: null,
  } as const;
}

export function writing<
  const Method extends 'POST' | 'PUT' | 'PATCH',
  Path extends string,
  Body extends z.ZodType,
  Reply extends z.ZodType,
  const P extends Permission,
  Query extends Shape = Record<never, never>,
>(
  method: Method,
  spec: Common<Path> & { permission: P; body: Body; reply: Reply; query?: Query; status?: 200 | 201 | 202 },
) {
  const query = z.strictObject({ ...((spec.query ?? {}) as Query), ...dryRun });
  return {
    ...spec,
    method,
    query,
    status: spec.status ?? (method === 'POST' ? 201 : 200),
    stream: null,
    longWork: null,
  } as const;
}

/** A write that begins long work: it answers at once, and with `?wait=30s` when the work has ended or the time is up. */
export function beginning<
  const Method extends 'POST' | 'PATCH',
  Path extends string,
  Body extends z.ZodType,
  Reply extends z.ZodType,
  const P extends Permission,
  const Work extends 'build' | 'rollout' | 'deployment',
>(method: Method, spec: Common<Path> & { permission: P; body: Body; reply: Reply; longWork: Work }) {
  const query = z.strictObject({ wait: wait.optional(), ...dryRun });
  return { ...spec, method, query, status: method === 'POST' ? 202 : 200, stream: null } as const;
}

export function removing<
  Path extends string,
  Reply extends z.ZodType,
  const P extends Permission,
  Query extends Shape = Record<never, never>,
>(spec: Common<Path> & { permission: P; reply: Reply; query?: Query }) {
  const query = z.strictObject({ ...((spec.query ?? {}) as Query), ...dryRun });
  return { ...spec, method: 'DELETE', query, body: null, status: 200, stream: null, longWork: null } as const;
}

/** A POST that hands its body on to something else, and that one's answer back. */
export function relaying<Path extends string, Reply extends z.ZodType, const P extends Permission, Query extends Shape>(
  spec: Common<Path> & { permission: P; reply: Reply; query: Query },
) {
  const query = z.strictObject({ ...spec.query, ...dryRun });
  const fixed = { method: 'POST', body: null, status: 200, stream: null, longWork: null, relays: true } as const;
  return { ...spec, ...fixed, query } as const;
}

/** A GET that opens a WebSocket where an upgrade is asked for; without, it says where that would lead. */
export function upgrading<
  Path extends string,
  Reply extends z.ZodType,
  const P extends Permission,
  Query extends Shape,
>(spec: Common<Path> & { permission: P; reply: Reply; query: Query }) {
  return { ...reading(spec), upgrades: true } as const;
}

/**
 * Whether an Idempotency-Key is taken: by every write of a known caller. Keys belong to a caller and keep the first answer; where nobody is
 * known yet, the answer is a secret for whoever asked, and nothing of it may be kept. What is relayed is kept nowhere.
 */
export function takesKey(endpoint: Pick<Endpoint, 'method' | 'permission' | 'relays'>): boolean {
  return endpoint.method !== 'GET' && endpoint.permission !== 'public' && !endpoint.relays;
}

/** Names in `{}` of a path, in order. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
}
