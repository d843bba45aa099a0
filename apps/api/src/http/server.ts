import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ApiContext } from '../context.ts';
import { takeGitRequest } from '../git/take-git-request.ts';
import { takeGithubWebhook } from '../intake/github-webhook.ts';
import { takeOwnPath } from '../pages/own-paths.ts';
import { asksForSocket, serveUpgrade } from './upgrade.ts';

/** The node server. Webhooks and git are taken before Nest sees them: they need raw bytes, and nothing of what Nest does. */
export function createApiServer(context: ApiContext, rest: RequestListener): Server {
  const server = createServer(
    {
      headersTimeout: 20_000,
      requestTimeout: 0,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
      // Everything else that asks for an upgrade is a request like any other.
      shouldUpgradeCallback: (request) => (request.url ?? '').startsWith('/v1/') && asksForSocket(request),
    },
    (request, response) => {
      route(context, rest, request, response);
    },
  );
  server.maxRequestsPerSocket = 0;
  server.on('upgrade', (request, socket, early) => serveUpgrade(rest, request, socket as Socket, early));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const status =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });
  return server;
}

function route(context: ApiContext, rest: RequestListener, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (path === '/v1/webhooks/github') void takeGithubWebhook(context, request, response);
  else if (path.startsWith('/git/')) void takeGitRequest(context, request, response);
  else if (!takeOwnPath(context, path, request, response)) rest(request, response);
}
