import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { gatewayLinkMaxBytes } from '@sconce/contract';
import { isBearer, type Log, mayReadMetrics, openMetricsType } from '@sconce/foundation';
import type { Clock } from '@sconce/ports';
import { type WebSocket, WebSocketServer } from 'ws';

export interface LinkServerOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onLink: (socket: WebSocket) => void;
  /** What else asks for an upgrade; true: it is taken. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  /** Figures of the process, for programs on this machine and for whoever knows the token. */
  readonly metrics: () => string;
}

export interface LinkServer {
  /** Null while another process has the port. */
  port(): number | null;
  stop(): Promise<void>;
}

const tryAgainMs = 500;

/**
 * Where gateways link themselves. Only who knows the token gets that far. While another process has the port (the scheduler before this
 * one, still stopping) it is asked for again and again.
 */
export function startLinkServer(options: LinkServerOptions): LinkServer {
  const ended = new AbortController();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: gatewayLinkMaxBytes, perMessageDeflate: false });
  let server: Server | null = null;

  const open = async (): Promise<void> => {
    let said = false;
    while (!ended.signal.aborted) {
      const candidate = makeServer(options, sockets);
      try {
        await listen(candidate, options);
        server = candidate;
        if (ended.signal.aborted) candidate.close();
        return;
      } catch (error) {
        if (!said)
          options.log.warn({ err: error, port: options.port }, 'the link port is taken; trying again until it is free');
        said = true;
        await options.clock.sleep(tryAgainMs, ended.signal).catch(() => {});
      }
    }
  };
  const opening = open();

  return {
    port: () => (server?.listening ? (server.address() as AddressInfo).port : null),
    stop: async () => {
      ended.abort();
      await opening;
      const open = server;
      if (open === null) return;
      const closed = new Promise<void>((resolve) => open.close(() => resolve()));
      open.closeAllConnections();
      await closed;
    },
  };
}

function makeServer({ token, onLink, onUpgrade, log, metrics }: LinkServerOptions, sockets: WebSocketServer): Server {
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      const may = mayReadMetrics(request, token);
      response.writeHead(may ? 200 : 401, { 'content-type': may ? openMetricsType : 'text/plain' });
      response.end(may ? metrics() : 'From another machine the token of the link is needed.\n');
      return;
    }
    response.writeHead(426, { 'content-type': 'text/plain', connection: 'close' });
    response.end('This is where gateways link to the scheduler, over a WebSocket.\n');
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (onUpgrade?.(request, socket, head)) return;
    if (!isBearer(request.headers.authorization, token)) {
      log.warn({ from: request.socket.remoteAddress }, 'a link without the right token was refused');
      socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, onLink);
  });
  return server;
}

function listen(server: Server, { host, port }: LinkServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
