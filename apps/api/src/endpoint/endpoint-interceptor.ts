import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Endpoint, Scope } from '@sconce/contract';
import { holds, scopeAt } from '@sconce/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { type ApiContext, CONTEXT } from '../context.ts';
import { asksForSocket } from '../http/upgrade.ts';
import { type StreamFormat, sendStream, streamFormatOf } from '../streams/send-stream.ts';
import { ApiError } from './api-error.ts';
import { type Call, type Followed, isFollowed } from './call.ts';
import { optionsOf } from './endpoint.ts';
import { makeEtag, matchesNone, revisionOf } from './etag.ts';
import type { Exchange } from './exchange.ts';
import { handOnCall, handOnSocket } from './hand-on.ts';
import { makeCall, noFacts } from './make-call.ts';
import { stateOf } from './request-state.ts';
import { sendJson } from './send-json.ts';
import { toReply } from './to-reply.ts';
import { waitForWork, waitOf } from './wait-for-work.ts';
import { write } from './write.ts';

/** Checks what comes in against the contract, runs the handler in one transaction where it writes, and sends what goes out. */
@Injectable()
export class EndpointInterceptor implements NestInterceptor {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const reply = execution.switchToHttp().getResponse<FastifyReply>();
    const state = stateOf(request);
    const endpoint = state.endpoint as Endpoint;
    const left = new AbortController();
    reply.raw.once('close', () => left.abort(new Error('the client left')));
    const exchange: Exchange = {
      request,
      reply,
      state,
      endpoint,
      options: optionsOf(execution.getHandler()),
      invoke: () => lastValueFrom(next.handle()),
      signal: AbortSignal.any([left.signal, this.#context.stopping]),
      end: () => left.abort(new Error('access ended')),
      path: request.raw.url?.split('?')[0] ?? '/',
    };
    return defer(() => this.#wayOf(exchange).call(this, exchange));
  }

  #wayOf({ endpoint, request }: Exchange): (exchange: Exchange) => Promise<void> {
    if (endpoint.upgrades && asksForSocket(request.raw)) return this.#upgrade;
    if (endpoint.method === 'GET') return this.#read;
    return endpoint.relays ? this.#relay : (one) => write(this.#context, one);
  }

  async #read(exchange: Exchange): Promise<void> {
    const { reply, request, endpoint, state } = exchange;
    const format = endpoint.stream ? streamFormatOf(request.headers.accept) : null;
    if (!format) refuseOtherTypes(request.headers.accept);
    const facts = noFacts();
    const call = makeCall(this.#context, exchange, { deps: this.#context.deps, facts, following: format !== null });
    state.call = call;
    const waitMs = waitOf(call.query);
    let answer = await exchange.invoke();
    if (isFollowed(answer)) return this.#stream(exchange, answer, format ?? 'sse');
    if (waitMs !== null)
      answer = await waitForWork(this.#context, workOf(endpoint), answer, waitMs, exchange.signal, exchange.invoke);
    const { text } = toReply(endpoint, answer);
    const etag = makeEtag(text, facts.revision ?? revisionOf(JSON.parse(text)));
    reply.header('etag', etag);
    if (matchesNone(request.headers['if-none-match'], etag)) return void reply.code(304).send();
    sendJson(reply, { status: endpoint.status, text, headers: facts.headers });
  }

  async #stream(exchange: Exchange, followed: Followed<unknown>, format: StreamFormat): Promise<void> {
    const { state, endpoint } = exchange;
    const { caller, bearer } = state;
    if (caller === null || bearer === null) throw new Error('A stream is open to nobody in particular');
    const seen = JSON.stringify(caller.rights);
    const leave = this.#context.openStreams.enter({
      tokenId: caller.tokenId,
      bearer,
      // Without a place, what is streamed was chosen by the caller's rights: with others it has to be chosen again.
      isAllowed: (now) =>
        state.place
          ? holds(scopeAt(now.rights, state.place), endpoint.permission as Scope)
          : JSON.stringify(now.rights) === seen,
      end: exchange.end,
    });
    try {
      await sendStream(this.#context, exchange.reply, followed, format, exchange.signal);
    } finally {
      leave();
    }
  }

  async #relay(exchange: Exchange): Promise<void> {
    if (exchange.request.headers['idempotency-key'] !== undefined) throw callsAreMadeOnce();
    const call = this.#beginCall(exchange);
    const { method } = call.query as { readonly method: string };
    if (!call.dryRun) return handOnCall(this.#context, exchange, method);
    const { text } = toReply(exchange.endpoint, await exchange.invoke());
    sendJson(exchange.reply, { status: 200, text, headers: {} });
  }

  async #upgrade(exchange: Exchange): Promise<void> {
    this.#beginCall(exchange);
    return handOnSocket(this.#context, exchange);
  }

  #beginCall(exchange: Exchange): Call {
    const call = makeCall(this.#context, exchange, { deps: this.#context.deps, facts: noFacts() });
    exchange.state.call = call;
    return call;
  }
}

function workOf(endpoint: Endpoint): 'build' | 'rollout' {
  return endpoint.path.startsWith('/v1/builds/') ? 'build' : 'rollout';
}

function callsAreMadeOnce(): ApiError {
  return new ApiError('invalid', 'A call takes no Idempotency-Key: it is made once, and its answer is kept nowhere', {
    errors: [{ path: 'Idempotency-Key', code: 'not_taken', message: 'Not taken here' }],
  });
}

function refuseOtherTypes(accept: string | undefined): void {
  if (accept === undefined || /(?:\*\/\*|application\/\*|application\/(?:[\w.-]+\+)?json)/.test(accept)) return;
  throw new ApiError('not_acceptable', 'This answers application/json', {
    hint: 'Send `Accept: application/json`, or none.',
  });
}
