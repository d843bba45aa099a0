import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Endpoint, type Scope, takesKey } from '@sconce/contract';
import { holds, scopeAt } from '@sconce/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { type ApiContext, CONTEXT } from '../context.ts';
import { readJson } from '../http/read-json.ts';
import { asksForSocket } from '../http/upgrade.ts';
import { type StreamFormat, sendStream, streamFormatOf } from '../streams/send-stream.ts';
import { ApiError, invalid, isDeadlock } from './api-error.ts';
import { writeAudit } from './audit.ts';
import { type Call, type Followed, isFollowed } from './call.ts';
import { optionsOf } from './endpoint.ts';
import { makeEtag, matchesNone, readIfMatch, revisionOf } from './etag.ts';
import type { Exchange } from './exchange.ts';
import { handOnCall, handOnSocket } from './hand-on.ts';
import { findReplay, type HeldKey, holdKey, type ReplyText } from './idempotency.ts';
import { openPage } from './paging.ts';
import { type RequestState, stateOf } from './request-state.ts';
import { toReply } from './to-reply.ts';
import { beginUnitOfWork, type UnitOfWork } from './unit-of-work.ts';
import { waitForWork } from './wait-for-work.ts';

/** Facts of the answer that the handler adds while it runs. */
interface ReplyFacts {
  readonly headers: Record<string, string>;
  revision: string | null;
  created: boolean;
  readonly afterCommit: (() => Promise<unknown>)[];
}

const tries = 3;

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
    return endpoint.relays ? this.#relay : this.#write;
  }

  async #read(exchange: Exchange): Promise<void> {
    const { reply, request, endpoint, state } = exchange;
    const format = endpoint.stream ? streamFormatOf(request.headers.accept) : null;
    if (!format) refuseOtherTypes(request.headers.accept);
    const facts: ReplyFacts = { headers: {}, revision: null, created: false, afterCommit: [] };
    const call = this.#makeCall(exchange, this.#context.deps, undefined, facts, format !== null);
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
    const facts: ReplyFacts = { headers: {}, revision: null, created: false, afterCommit: [] };
    const call = this.#makeCall(exchange, this.#context.deps, undefined, facts, false);
    exchange.state.call = call;
    return call;
  }

  async #write(exchange: Exchange): Promise<void> {
    const { reply, endpoint, state } = exchange;
    const body = endpoint.body ? await readJson(exchange.request.raw) : undefined;
    const facts: ReplyFacts = { headers: {}, revision: null, created: false, afterCommit: [] };
    const query = parseQuery(endpoint, exchange.request.query);
    const dryRun = (query as { dryRun?: boolean }).dryRun === true;
    const keyed = dryRun ? null : await this.#holdKey(exchange, body);
    if (state.refusal && !(keyed && 'replay' in keyed)) throw state.refusal;
    if (keyed && 'replay' in keyed) {
      state.audited = true;
      return sendJson(reply, keyed.replay);
    }
    const made = await this.#effect(exchange, body, facts, dryRun, keyed?.held ?? null);
    const waitMs = waitOf(query);
    if (waitMs === null || dryRun) return sendJson(reply, made);
    const ended = await waitForWork(
      this.#context,
      endpoint.longWork,
      { ...(JSON.parse(made.text) as object), serviceId: state.place?.id },
      waitMs,
      exchange.signal,
      null,
    );
    sendJson(reply, { ...made, text: toReply(endpoint, ended).text });
  }

  /** Tries again when Postgres broke a deadlock by ending this transaction: nothing of it stays, so doing it again is doing it once. */
  async #effect(
    exchange: Exchange,
    body: unknown,
    facts: ReplyFacts,
    dryRun: boolean,
    held: HeldKey | null,
  ): Promise<ReplyText> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#effectOnce(exchange, body, facts, dryRun, held);
      } catch (error) {
        if (attempt < tries && isDeadlock(error)) continue;
        await held?.release().catch(() => {});
        throw error;
      }
    }
  }

  /** The handler's effect, the audit row and the idempotency key are one transaction; a dry run undoes it. */
  async #effectOnce(
    exchange: Exchange,
    body: unknown,
    facts: ReplyFacts,
    dryRun: boolean,
    held: HeldKey | null,
  ): Promise<ReplyText> {
    const { endpoint, state, path } = exchange;
    const looksOutsideFirst =
      exchange.options.looksOutsideFirst === true ||
      endpoint.longWork === 'build' ||
      endpoint.longWork === 'deployment';
    const unit: UnitOfWork = await beginUnitOfWork(this.#context.deps.db, dryRun || !looksOutsideFirst);
    try {
      state.call = this.#makeCall(exchange, { ...this.#context.deps, db: unit.db }, body, facts, false);
      const answer = await exchange.invoke();
      const { text, parsed } = toReply(endpoint, answer);
      const status = dryRun ? 200 : facts.created ? 201 : endpoint.status;
      const revision = facts.revision ?? revisionOf(parsed);
      const headers = {
        ...facts.headers,
        etag: makeEtag(text, revision),
        ...(dryRun ? { 'sconce-dry-run': 'true' } : {}),
      };
      if (dryRun) {
        await unit.rollback();
        return { status, text, headers };
      }
      await unit.commit(async (tx) => {
        await held?.store(tx, { status, text, headers });
        await writeAudit(tx, state, path, status, null);
      });
      state.audited = true;
      await this.#finish(facts, state);
      return { status, text, headers };
    } catch (error) {
      facts.afterCommit.length = 0;
      await unit.rollback().catch(() => {});
      throw error;
    }
  }

  async #finish(facts: ReplyFacts, state: RequestState): Promise<void> {
    for (const work of facts.afterCommit) {
      await work().catch((error: unknown) =>
        this.#context.deps.log.warn({ err: error, action: state.name }, 'what was to follow a change failed'),
      );
    }
  }

  async #holdKey(exchange: Exchange, body: unknown) {
    const { request, state, endpoint, options } = exchange;
    const key = request.headers['idempotency-key'];
    if (key === undefined) return null;
    if (!takesKey(endpoint)) throw keyNotTaken();
    if (state.caller === null || state.bearer === null) return null;
    // Values of variables and secrets, and passwords, come with all methods but POST.
    const isSecret = endpoint.method !== 'POST' || options.sealReply === true;
    const keyed = {
      owner: state.caller.tokenId,
      key: Array.isArray(key) ? key.join() : key,
      method: endpoint.method,
      path: exchange.path,
      body,
      sealWith: isSecret ? state.bearer : null,
    };
    return state.refusal ? findReplay(this.#context.deps, keyed) : holdKey(this.#context.deps, keyed);
  }

  #makeCall(
    exchange: Exchange,
    deps: ApiContext['deps'],
    rawBody: unknown,
    facts: ReplyFacts,
    following: boolean,
  ): Call {
    const { endpoint, request, state } = exchange;
    const query = parseQuery(endpoint, request.query) as Record<string, unknown>;
    const lastEventId = request.headers['last-event-id'];
    const isLog = exchange.path.endsWith('/logs');
    return {
      params: request.params as Call['params'],
      query,
      body: parseBody(endpoint, rawBody) as Call['body'],
      caller: state.caller as Call['caller'],
      from: { address: state.address, userAgent: request.headers['user-agent'] ?? null },
      // Endpoints whose path names nothing have no place, and read none.
      place: state.place ?? { id: '', projectId: '', environmentId: null },
      absent: state.absent,
      deps,
      dryRun: query.dryRun === true,
      ifMatch: readIfMatch(request.headers['if-match']),
      page: openPage(this.#context.signingKey, `${state.name} ${exchange.path} ${state.caller?.actor}`, query, {
        limit: isLog ? 100 : 50,
      }),
      following: following
        ? { lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : null }
        : null,
      signal: exchange.signal,
      requestId: state.requestId,
      incoming: request.raw,
      reply: {
        header: (name, value) => {
          facts.headers[name] = value;
        },
        revision: (value) => {
          facts.revision = value;
        },
        created: () => {
          facts.created = true;
        },
      },
      afterCommit: (work) => {
        facts.afterCommit.push(work);
      },
      actsAs: (caller) => {
        state.caller = caller;
      },
      triedToBe: (userId) => {
        state.tried = { userId };
      },
    };
  }
}

function parseQuery(endpoint: Endpoint, raw: unknown): unknown {
  const parsed = endpoint.query.safeParse(raw ?? {});
  if (!parsed.success) throw invalid('The query', parsed.error);
  return parsed.data;
}

function parseBody(endpoint: Endpoint, raw: unknown): unknown {
  if (!endpoint.body) return undefined;
  const parsed = endpoint.body.safeParse(raw);
  if (!parsed.success) throw invalid('The body', parsed.error);
  return parsed.data;
}

function sendJson(reply: FastifyReply, { status, text, headers }: ReplyText): void {
  reply.code(status).headers(headers).header('content-type', 'application/json; charset=utf-8').send(text);
}

function waitOf(query: unknown): number | null {
  return (query as { wait?: number }).wait ?? null;
}

function workOf(endpoint: Endpoint): 'build' | 'rollout' {
  return endpoint.path.startsWith('/v1/builds/') ? 'build' : 'rollout';
}

function callsAreMadeOnce(): ApiError {
  return new ApiError('invalid', 'A call takes no Idempotency-Key: it is made once, and its answer is kept nowhere', {
    errors: [{ path: 'Idempotency-Key', code: 'not_taken', message: 'Not taken here' }],
  });
}

function keyNotTaken(): ApiError {
  return new ApiError(
    'invalid',
    'This takes no Idempotency-Key: its answer is a secret, and is not kept to be given again',
    {
      errors: [{ path: 'Idempotency-Key', code: 'not_taken', message: 'Not taken here' }],
      hint: 'Send the request without the header. Asking twice makes two sessions; each ends by itself, or by DELETE /v1/sessions/current.',
    },
  );
}

function refuseOtherTypes(accept: string | undefined): void {
  if (accept === undefined || /(?:\*\/\*|application\/\*|application\/(?:[\w.-]+\+)?json)/.test(accept)) return;
  throw new ApiError('not_acceptable', 'This answers application/json', {
    hint: 'Send `Accept: application/json`, or none.',
  });
}
