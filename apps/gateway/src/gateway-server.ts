import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Log } from '@sconce/foundation';
import { ClientConnection } from './client/client-connection.ts';
import type { Context } from './context.ts';
import { Ticker } from './ticker.ts';

/** Accepts clients and watches their deadlines. */
export class GatewayServer {
  private readonly context: Context;
  private readonly log: Log;
  private readonly server: Server;
  private readonly connections = new Set<ClientConnection>();
  private readonly ticker: Ticker;
  private onEmpty: (() => void) | null = null;

  constructor(context: Context, log: Log) {
    this.context = context;
    this.log = log;
    this.ticker = new Ticker(() => this.tick());
    this.server = createServer(
      { noDelay: true, allowHalfOpen: true, pauseOnConnect: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
      (socket) => {
        this.connections.add(new ClientConnection(socket, context, (connection) => this.remove(connection)));
        context.counts.connections = this.connections.size;
        this.ticker.wake();
      },
    );
    this.server.maxConnections = context.limits.connections;
  }

  /** Returns the port, which matters when 0 was asked for. */
  async listen(host: string, port: number): Promise<number> {
    this.server.listen({ host, port, backlog: 1024 });
    await once(this.server, 'listening');
    // Running out of file descriptors makes accepting fail for a moment; those who are connected go on.
    this.server.on('error', (error) => this.log.error({ err: error }, 'a connection could not be accepted'));
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no more connections, lets what runs end within `limitMs`, then cuts the rest. Returns how many were cut. */
  async drain(limitMs: number): Promise<number> {
    this.context.isStopping = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of this.connections) connection.closeIfIdle();
    await this.whenEmpty(limitMs);
    const left = this.connections.size;
    for (const connection of this.connections) connection.cut();
    await closed;
    this.ticker.stop();
    for (const replica of this.context.table.replicas.values()) replica.closeIdle();
    return left;
  }

  private async whenEmpty(limitMs: number): Promise<void> {
    if (this.connections.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve;
      timer = setTimeout(resolve, limitMs);
    });
    clearTimeout(timer);
  }

  private remove(connection: ClientConnection): void {
    this.connections.delete(connection);
    this.context.counts.connections = this.connections.size;
    if (this.connections.size === 0) this.onEmpty?.();
  }

  private tick(): boolean {
    const nowMs = this.context.nowMs();
    for (const connection of this.connections) connection.onTick(nowMs);
    let idle = 0;
    for (const replica of this.context.table.replicas.values()) {
      idle += replica.closeIdleOlderThan(nowMs, this.context.limits.upstreamIdleMs);
    }
    return this.connections.size + idle > 0;
  }
}
