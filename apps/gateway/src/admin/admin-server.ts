import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from '../context.ts';
import { renderMetrics } from './render-metrics.ts';

/** What operators read, on a port of its own so that no client of a service can. */
export class AdminServer {
  private readonly server: Server;

  constructor(context: Context, linkIsUp: () => boolean) {
    this.server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8 * 1024 }, (request, response) => {
      if (request.url === '/metrics') {
        const type = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
        answer(response, 200, type, renderMetrics(context, linkIsUp()));
      } else if (request.url === '/healthz') {
        const body = {
          alive: true,
          tableVersion: context.table.version,
          linked: linkIsUp(),
          stopping: context.isStopping,
        };
        answer(response, 200, 'application/json', `${JSON.stringify(body)}\n`);
      } else answer(response, 404, 'text/plain', 'Here are /metrics and /healthz.\n');
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
