import type { IncomingMessage } from 'node:http';
import type { BodyOf, Endpoint, PathParameters, QueryOf, ReplyOf, StreamItemOf } from '@sconce/contract';
import type { FoundPlace } from '@sconce/db';
import type { Caller } from '@sconce/engine';
import type { Relayed } from '../calls/forward-call.ts';
import type { OpenedSocket } from '../calls/open-socket.ts';
import type { VerbDeps } from '../wiring.ts';
import type { IfMatch } from './etag.ts';
import type { Page, PageOf } from './paging.ts';

/** What a controller method gets: checked input, who asks, and what its path names. */
export interface Call<E extends Endpoint = Endpoint> {
  readonly params: PathParameters<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  /** Null only for endpoints that are public. */
  readonly caller: E['permission'] extends 'public' ? Caller | null : Caller;
  /** Where the request came from, and what sent it by its own words. */
  readonly from: { readonly address: string | null; readonly userAgent: string | null };
  /** What the path names, found and allowed; of a PUT that makes something, the place it is made in. */
  readonly place: FoundPlace;
  /** Of a PUT: nothing stands there yet. */
  readonly absent: boolean;
  /** For verbs. In a write its database is one transaction: with it go the audit row and the idempotency key, or, dry, nothing at all. */
  readonly deps: VerbDeps;
  readonly dryRun: boolean;
  readonly ifMatch: IfMatch;
  /** Of a list: where the page begins. */
  readonly page: Page;
  /** Set when a stream is asked for: the id to go on after, or null. */
  readonly following: { readonly lastEventId: string | null } | null;
  /** Aborts when the client leaves or the server stops. */
  readonly signal: AbortSignal;
  readonly reply: ReplyControl;
  readonly requestId: string;
  /** The request itself, for what relays: its body is nobody else's then. Everywhere else it was read already. */
  readonly incoming: IncomingMessage;
  /** For what can only be done once the effect stands; its failure is logged and not the caller's. Not called in a dry run. */
  afterCommit(work: () => Promise<unknown>): void;
  /** What its audit row says beyond the target, whether it is done or refused. */
  tell(facts: object): void;
  /** Whose the request turned out to be: the audit row names them. */
  actsAs(caller: Caller): void;
  /** Whom an unknown caller tried to be, or null: the audit row of its refusal says so. */
  triedToBe(userId: string | null): void;
}

export interface ReplyControl {
  header(name: string, value: string): void;
  /** What If-Match and ETag compare, where the body's `version` is not it. */
  revision(value: string): void;
  /** A PUT that made something answers 201. */
  created(): void;
}

export type { PageOf };

/** What a method may answer: the reply's shape, with dates and big numbers as the database gives them. */
export type Loose<T> = T extends string
  ? T | Date
  : T extends number
    ? T | bigint
    : T extends readonly (infer I)[]
      ? readonly Loose<I>[]
      : T extends object
        ? { readonly [K in keyof T]: Loose<T[K]> }
        : T;

/** A stream: batches of items, each with the id to resume after. `end` is what the thing itself ended with, if it does. */
export interface Followed<Item> {
  readonly batches: AsyncIterable<readonly { readonly id: string; readonly item: Item }[]>;
  readonly end?: () => object;
}

export type Answer<E extends Endpoint> =
  | Loose<ReplyOf<E>>
  | (E extends { readonly relays: true } ? Relayed : never)
  | (E extends { readonly upgrades: true } ? OpenedSocket : never)
  | ([StreamItemOf<E>] extends [never] ? never : Followed<Loose<StreamItemOf<E>>>);

export function isFollowed(answer: unknown): answer is Followed<unknown> {
  return typeof answer === 'object' && answer !== null && 'batches' in answer;
}
