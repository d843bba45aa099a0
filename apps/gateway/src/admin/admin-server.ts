import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mayReadMetrics, openMetricsType } from '@sconce/foundation';
import type { Context } from '../context.ts';
import { renderMetrics } from './render-metrics.ts';

/**
 * What operators read, on a port of its own so that no client of a service can. Figures name everybody's services: from another machine they need the
 * link's token. Whether it lives, and knows where to send requests, is for whoever reaches the port.
 */
export class AdminServer {
  private readonly server: Server;

  constructor(context: Context, linkIsUp: () => boolean, isReady: () => boolean, token: string | null) {
    this.server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8 * 1024 }, (request, response) => {
      if (request.url === '/metrics') {
        if (mayReadMetrics(request, token)) answer(response, 200, openMetricsType, renderMetrics(context, linkIsUp()));
        else answer(response, 401, 'text/plain', 'From another machine the token of the link is needed.\n');
      } else if (request.url === '/healthz') {
        const body = {
          alive: true,
          tableVersion: context.table.version,
          linked: linkIsUp(),
          stopping: context.isStopping,
        };
        answer(response, 200, 'application/json', `${JSON.stringify(body)}\n`);
      } else if (request.url === '/readyz') {
        const ready = isReady() && !context.isStopping;
        const waits = context.isStopping ? 'stopping\n' : 'no routes yet\n';
        answer(response, ready ? 200 : 503, 'text/plain', ready ? 'ready\n' : waits);
      } else answer(response, 404, 'text/plain', 'Here are /metrics, /healthz and /readyz.\n');
    });
  }

  async listen(host: string, port: number): Promise<number> {
    this.server.listen({ host, port });
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
