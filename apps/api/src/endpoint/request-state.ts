import type { IncomingMessage } from 'node:http';
import type { Endpoint } from '@sconce/contract';
import type { FoundPlace } from '@sconce/db';
import type { Caller } from '@sconce/engine';
import type { ApiError } from './api-error.ts';
import type { Call } from './call.ts';

/** What is known of one request while it goes through guard, interceptor and filter. */
export interface RequestState {
  readonly requestId: string;
  readonly startedAt: number;
  readonly address: string | null;
  name: string | null;
  endpoint: Endpoint | null;
  caller: Caller | null;
  /** Somebody unknown tried to be this person, or nobody who is here: that is audited as well. */
  tried: { readonly userId: string | null } | null;
  /** The bearer token as it came; never logged. */
  bearer: string | null;
  place: FoundPlace | null;
  /** Why the guard would refuse it, where an Idempotency-Key may say that it was done before, and took the right or the place to it away. */
  refusal: ApiError | null;
  absent: boolean;
  call: Call | null;
  /** What its audit row says beyond the target. */
  told: object;
  /** The audit row of a success is written with its effect. */
  audited: boolean;
}

interface Carrier {
  readonly raw: IncomingMessage;
}

const states = new WeakMap<IncomingMessage, RequestState>();

export function startState(request: Carrier, requestId: string, address: string | null): RequestState {
  const state: RequestState = {
    requestId,
    startedAt: performance.now(),
    address,
    name: null,
    endpoint: null,
    caller: null,
    tried: null,
    bearer: null,
    place: null,
    refusal: null,
    absent: false,
    call: null,
    told: {},
    audited: false,
  };
  states.set(request.raw, state);
  return state;
}

export function stateOf(request: Carrier): RequestState {
  const state = states.get(request.raw);
  if (!state) throw new Error('The request came past the hook that begins it');
  return state;
}
