import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type Endpoint, endpoints, pathParameters, type Scope, takesKey } from '@sconce/contract';
import { holds, holdsInstance, scopeAt } from '@sconce/core';
import { type FoundPlace, findPlace, type Noun } from '@sconce/db';
import type { Caller } from '@sconce/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ApiContext, CONTEXT } from '../context.ts';
import { ApiError } from './api-error.ts';
import { authenticateRequest, authenticateVisitor, unauthenticated } from './authenticate-request.ts';
import { endpointOf } from './endpoint.ts';
import { type RequestState, stateOf } from './request-state.ts';

const names = new Map<Endpoint, string>(Object.entries(endpoints).map(([name, endpoint]) => [endpoint, name]));
const nouns: ReadonlySet<string> = new Set<Noun>([
  'project',
  'environment',
  'service',
  'repository',
  'branchRule',
  'delivery',
  'build',
  'release',
  'rollout',
  'secretGroup',
]);
/** What stands in one: a PUT to slugs of something that is not there makes it in its parent. */
const parents: Readonly<Record<string, Noun>> = { environment: 'project', service: 'environment' };

/** Denies, unless the endpoint's permission is held where its path points. Runs before anything of the request's body is read. */
@Injectable()
export class AccessGuard implements CanActivate {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const reply = execution.switchToHttp().getResponse<FastifyReply>();
    const state = stateOf(request);
    const endpoint = endpointOf(execution.getHandler());
    if (!endpoint) throw new ApiError('not_found', 'There is nothing here');
    state.endpoint = endpoint;
    state.name = names.get(endpoint) ?? null;
    const { permission } = endpoint;
    await this.#identify(request, reply, state, permission === 'public');
    if (permission === 'public') return true;
    if (state.caller === null) throw unauthenticated('This needs a token');
    if (permission === 'known') return true;
    const params = request.params as Readonly<Record<string, string>>;
    const noun = pathParameters(endpoint.path).find((name) => nouns.has(name)) as Noun | undefined;
    if (!noun) {
      if (permission !== 'instance' || !holdsInstance(state.caller.rights)) throw forbidden(permission, null);
      return true;
    }
    const found = await this.#find(noun, params[noun] ?? '', endpoint.method);
    const held = found ? scopeAt(state.caller.rights, found.place) : null;
    // What is missing and what is somebody else's look the same.
    if (!found || held === null)
      return refuse(
        request,
        state,
        new ApiError('not_found', `There is no such ${inWords(noun)}, or it is not yours to see`),
      );
    state.place = found.place;
    state.absent = found.absent;
    return holds(held, permission) || refuse(request, state, forbidden(permission, held));
  }

  async #identify(request: FastifyRequest, reply: FastifyReply, state: RequestState, isPublic: boolean): Promise<void> {
    const address = state.address ?? 'unknown';
    const { strangerLimit, callerLimit } = this.#context;
    const refusal = strangerLimit.refusal(address);
    if (refusal) throw limited(refusal.headers);
    try {
      const known = await (isPublic ? authenticateVisitor : authenticateRequest)(this.#context, request.raw);
      state.caller = known?.caller ?? null;
      state.bearer = known?.text ?? null;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'unauthenticated') strangerLimit.take(address);
      throw error;
    }
    const { allowed, headers } = callerLimit.take(state.caller?.tokenId ?? address);
    reply.headers(headers);
    if (!allowed) throw limited(headers);
  }

  async #find(noun: Noun, reference: string, method: string): Promise<{ place: FoundPlace; absent: boolean } | null> {
    const { tx } = this.#context.deps.db;
    const place = reference.length > 200 ? null : await findPlace(tx, noun, reference);
    if (place) return { place, absent: false };
    const parent = method === 'PUT' ? parents[noun] : undefined;
    const slash = reference.lastIndexOf('/');
    if (!parent || slash < 0) return null;
    const within = await findPlace(tx, parent, reference.slice(0, slash));
    return within ? { place: within, absent: true } : null;
  }
}

/**
 * What was removed is not there when the request is repeated since its answer was lost, and who took their own right away has it no more. So a write with
 * a key goes on as far as the answer that its first one got, if it got one; the interceptor throws the refusal otherwise.
 */
function refuse(request: FastifyRequest, state: RequestState, refusal: ApiError): true {
  if (request.headers['idempotency-key'] === undefined || !state.endpoint || !takesKey(state.endpoint)) throw refusal;
  state.refusal = refusal;
  return true;
}

function limited(headers: Readonly<Record<string, string>>): ApiError {
  return new ApiError('rate_limited', `Too many requests; come back in ${headers['retry-after']} s`, { headers });
}

function forbidden(wanted: Scope, held: Scope | null): ApiError {
  const yours = held === null ? '' : `; here yours is \`${held}\``;
  return new ApiError('forbidden', `This needs the scope \`${wanted}\`${yours}`, {
    hint: 'Use a token with that scope, or ask an administrator of the project for the role.',
  });
}

function inWords(noun: string): string {
  return noun.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

export type { Caller };
