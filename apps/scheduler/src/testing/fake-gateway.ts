import type { GatewayToScheduler } from '@sconce/contract';
import type { Route, RouteTable } from '@sconce/core';
import { WebSocket } from 'ws';

export interface FakeGatewayOptions {
  readonly id: string;
  readonly token: string;
  readonly port: () => number | null;
  /** Told of every table as it is taken. */
  readonly onTable?: (table: RouteTable) => void;
}

/** The gateway's end of the link and nothing else: takes tables, acknowledges them, says who is drained, links itself again. */
export class FakeGateway {
  table: RouteTable | null = null;
  /** All that were taken, in order. */
  readonly tables: RouteTable[] = [];
  /** What it was told is written down of its traffic, in order. */
  readonly taken: { readonly boot: string; readonly sequence: number }[] = [];
  /** While false, tables are kept back and not acknowledged. */
  acknowledges = true;
  /** While false, replicas that left are never reported. */
  reportsDrained = true;
  private readonly options: FakeGatewayOptions;
  private socket: WebSocket | null = null;
  private held: RouteTable | null = null;
  private isStopped = false;
  private retry: NodeJS.Timeout | undefined;

  constructor(options: FakeGatewayOptions) {
    this.options = options;
    this.connect();
  }

  route(name: string): Route | undefined {
    return this.table?.routes.find((route) => route.name === name);
  }

  /** Ids that requests for this service go to. */
  replicasOf(name: string): readonly string[] {
    return (this.route(name)?.targets ?? []).flatMap((target) => target.replicas.map((replica) => replica.id));
  }

  /** The number of the release that answers, when there is exactly one with replicas. */
  servingOf(name: string): number | null {
    const serving = (this.route(name)?.targets ?? []).filter((target) => target.replicas.length > 0);
    return serving.length === 1 ? (serving[0]?.releaseNumber ?? null) : null;
  }

  /** Takes what was kept back, and all that follows. */
  acknowledge(): void {
    this.acknowledges = true;
    if (this.held !== null) this.take(this.held);
    this.held = null;
  }

  /** The link breaks; it links itself again unless stopped. */
  breakLink(): void {
    this.socket?.terminate();
  }

  send(message: GatewayToScheduler): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.retry);
    this.socket?.terminate();
  }

  private connect(): void {
    const port = this.options.port();
    if (this.isStopped) return;
    if (port === null) {
      this.retry = setTimeout(() => this.connect(), 20);
      return;
    }
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
      headers: { authorization: `Bearer ${this.options.token}` },
    });
    this.socket = socket;
    socket.on('open', () => {
      this.send({ type: 'hello', gateway: this.options.id, protocol: 1, version: this.table?.version ?? 0 });
      this.send(this.fullLoad());
    });
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (message.type === 'ping') this.send({ type: 'pong' });
      if (message.type === 'traffic_taken') this.taken.push({ boot: message.boot, sequence: message.sequence });
      if (message.type !== 'table') return;
      if (this.acknowledges) this.take(message.table);
      else this.held = message.table;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!this.isStopped) this.retry = setTimeout(() => this.connect(), 20);
    });
  }

  private take(table: RouteTable): void {
    const before = this.table;
    if (before !== null && table.version < before.version) {
      this.send({ type: 'refused', reason: 'older', current: before.version, message: 'older' });
      return;
    }
    this.table = table;
    this.tables.push(table);
    this.options.onTable?.(table);
    const now = new Set(replicasIn(table));
    for (const id of before ? replicasIn(before) : [])
      if (!now.has(id) && this.reportsDrained) this.send({ type: 'drained', replica: id });
    // As the real one does: what nothing runs on is said to be drained while the tables are swapped.
    this.send({ type: 'ack', version: table.version });
  }

  private fullLoad(): GatewayToScheduler {
    const ids = this.table === null ? [] : replicasIn(this.table);
    const replicas = ids.map((id) => ({ id, inFlight: 0, requests: 0, errors: 0, listed: true }));
    return { type: 'load', at: Date.now(), full: true, replicas, routes: [] };
  }
}

function replicasIn(table: RouteTable): string[] {
  return table.routes.flatMap((route) =>
    route.targets.flatMap((target) => target.replicas.map((replica) => replica.id)),
  );
}
