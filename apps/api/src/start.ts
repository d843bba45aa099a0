import 'reflect-metadata';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { endpoints } from '@sconce/contract';
import type { Database } from '@sconce/db';
import { authenticate } from '@sconce/engine';
import type { Log } from '@sconce/foundation';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { makeAppModule } from './app-module.ts';
import type { ApiConfig } from './config.ts';
import type { ApiContext } from './context.ts';
import { controllers } from './controllers/index.ts';
import { AccessGuard } from './endpoint/access-guard.ts';
import { makeProblem } from './endpoint/api-error.ts';
import { checkHandlers } from './endpoint/endpoint.ts';
import { EndpointInterceptor } from './endpoint/endpoint-interceptor.ts';
import { ProblemFilter, sendProblem } from './endpoint/problem-filter.ts';
import { startState, stateOf } from './endpoint/request-state.ts';
import { recoverPushes } from './git/recover-pushes.ts';
import { requestIdOf, securityHeaders } from './http/headers.ts';
import { createApiServer } from './http/server.ts';
import { keepHouse } from './keep-house.ts';
import { createContext } from './wiring.ts';

export interface RunningApi {
  readonly url: string;
  stop(): Promise<void>;
}

const drainMs = 5_000;

/** Serves the API until stopped. Refuses to start when an endpoint of the contract has no handler or no permission. */
export async function start(
  config: ApiConfig,
  parts: { readonly db?: Database; readonly log?: Log } = {},
): Promise<RunningApi> {
  checkHandlers(controllers, endpoints);
  const stopping = new AbortController();
  const context = await createContext(config, stopping.signal, parts);
  const { log } = context.deps;
  const { app, server } = await createApp(context);
  await app.listen(config.port, config.host);
  const { port } = server.address() as AddressInfo;
  const background = Promise.allSettled([
    context.logFeeds.run(stopping.signal),
    context.eventFeed.run(stopping.signal),
    context.metricFeed.run(stopping.signal),
    context.openStreams.run((bearer) => authenticate(context.deps, bearer), config.streamCheckMs, stopping.signal),
    recoverPushes(context).catch((error: unknown) => log.warn({ err: error }, 'could not look for lost pushes')),
    keepHouse(context),
  ]);
  log.info({ host: config.host, port }, 'the API answers');
  return {
    url: `http://${config.host}:${port}`,
    stop: async () => {
      stopping.abort(new Error('the server stops'));
      await closeServer(server);
      await app.close();
      await background;
      await context.lastUse.stop();
      if (!parts.db) await context.deps.db.close();
    },
  };
}

async function createApp(context: ApiContext): Promise<{ app: NestFastifyApplication; server: Server }> {
  const made = Promise.withResolvers<Server>();
  const adapter = new FastifyAdapter({
    logger: false,
    requestIdHeader: false,
    routerOptions: { maxParamLength: 700, ignoreTrailingSlash: true },
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      reply.headers(securityHeaders);
      sendProblem(reply, makeProblem('malformed', 'The path is not well formed', requestIdOf(request.raw)));
    },
    serverFactory: (handler: (request: IncomingMessage, response: ServerResponse) => void) => {
      const server = createApiServer(context, handler);
      made.resolve(server);
      return server;
    },
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
  const app = await NestFactory.create<NestFastifyApplication>(makeAppModule(context), adapter, {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  // Bodies are read by the interceptor, after access was decided.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
  fastify.addHook('onRequest', (request, reply, done) => {
    const requestId = requestIdOf(request.raw);
    startState(request, requestId, context.addressOf(request.raw));
    reply.headers({ ...securityHeaders, 'x-request-id': requestId });
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const state = stateOf(request);
    const action = state.name ?? 'none';
    context.metrics.count('sconce_api_requests', { action, status: String(reply.statusCode) });
    // A stream's length says nothing of how fast it was answered.
    if (!state.call?.following) context.metrics.observe(action, (performance.now() - state.startedAt) / 1000);
    done();
  });
  app.useGlobalGuards(new AccessGuard(context));
  app.useGlobalInterceptors(new EndpointInterceptor(context));
  app.useGlobalFilters(new ProblemFilter(context));
  await app.init();
  return { app, server: await made.promise };
}

/** Takes no new connections, lets what is running end, cuts what does not. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(cut);
}
