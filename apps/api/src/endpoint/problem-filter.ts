import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import { endpoints, type Problem } from '@sconce/contract';
import { Rejection } from '@sconce/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ApiContext, CONTEXT } from '../context.ts';
import { drainBody } from '../http/read-body.ts';
import { ApiError, isDatabaseAway, makeProblem, toProblem } from './api-error.ts';
import { writeAudit } from './audit.ts';
import { type RequestState, stateOf } from './request-state.ts';

/** Everything that is thrown becomes problem+json; of faults of ours nothing is told but where to find them in the log. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const state = stateOf(request);
    const problem = this.#explain(error, request, reply, state);
    await this.#audit(request, state, problem);
    if (reply.sent || reply.raw.destroyed) return;
    if (error instanceof ApiError) reply.headers(error.headers);
    drainBody(request.raw);
    sendProblem(reply, problem);
  }

  #explain(error: unknown, request: FastifyRequest, reply: FastifyReply, state: RequestState): Problem {
    const { requestId } = state;
    const known = toProblem(error, requestId);
    if (known) return known;
    const status = statusOf(error);
    if (status === 404) return notServed(request, reply, requestId);
    if (status !== null && status >= 400 && status < 500)
      return makeProblem('malformed', 'The request is not well formed', requestId);
    const { log } = this.#context.deps;
    if (isDatabaseAway(error)) {
      log.warn({ err: error, requestId, action: state.name }, 'the database does not answer');
      reply.header('retry-after', '2');
      return makeProblem('unavailable', 'The database does not answer now. Services keep running', requestId, {
        hint: 'Repeat it in a few seconds.',
      });
    }
    log.error({ err: error, requestId, action: state.name }, 'a request failed');
    return makeProblem('internal', 'Something went wrong on our side', requestId, {
      hint: 'The server’s log has more under the requestId.',
    });
  }

  /** One row where the caller is known; refusals of rate limits are only counted. */
  async #audit(request: FastifyRequest, state: RequestState, problem: Problem): Promise<void> {
    if (
      (state.caller === null && state.tried === null) ||
      state.audited ||
      problem.status === 429 ||
      problem.status >= 500
    )
      return;
    state.audited = true;
    const path = request.raw.url?.split('?')[0] ?? '/';
    const { deps } = this.#context;
    await writeAudit(deps.db.tx, state, path, problem.status, problem.code).catch((error: unknown) =>
      deps.log.warn({ err: error, requestId: state.requestId }, 'could not write an audit row'),
    );
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}

function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Rejection) return null;
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : null;
  return typeof status === 'number' ? status : null;
}

function notServed(request: FastifyRequest, reply: FastifyReply, requestId: string): Problem {
  const allowed = methodsOf(request.raw.url?.split('?')[0] ?? '/');
  if (allowed.length === 0)
    return makeProblem('not_found', 'There is nothing at this path', requestId, {
      hint: 'The paths are listed in /v1/openapi.json.',
    });
  reply.header('allow', allowed.join(', '));
  return makeProblem('method_not_allowed', `This path takes ${allowed.join(', ')}`, requestId);
}

const patterns = Object.values(endpoints).map((endpoint) => ({
  method: endpoint.method,
  pattern: new RegExp(`^${endpoint.path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
}));

function methodsOf(path: string): string[] {
  return [...new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))].sort();
}
