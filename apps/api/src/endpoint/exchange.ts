import type { Endpoint } from '@sconce/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EndpointOptions } from './endpoint.ts';
import type { RequestState } from './request-state.ts';

/** One request on its way through the interceptor. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly state: RequestState;
  readonly endpoint: Endpoint;
  readonly options: EndpointOptions;
  readonly invoke: () => Promise<unknown>;
  readonly signal: AbortSignal;
  /** Ends a stream as if its client had left. */
  readonly end: () => void;
  readonly path: string;
}
