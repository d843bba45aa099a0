import {
  type GatewayToScheduler,
  type GatewayTraffic,
  gatewayLinkDeadMs,
  gatewayToSchedulerSchema,
  type SchedulerToGateway,
} from '@sconce/contract';
import type { Log } from '@sconce/foundation';
import type { WebSocket } from 'ws';

/** What a link tells the hub. All of it comes in the order the gateway said it. */
export interface LinkEvents {
  /** The gateway said who it is, and which table it serves (0: none). */
  onHello(link: GatewayLink, version: number): void;
  onAck(link: GatewayLink, version: number): void;
  /** It holds a newer table than ours: our database is an older one than it knew. */
  onOlder(link: GatewayLink, version: number): void;
  onDrained(link: GatewayLink, replica: string): void;
  /** It counted something, and says so until it is told that this is written down. */
  onTraffic(link: GatewayLink, traffic: GatewayTraffic): void;
  onClosed(link: GatewayLink): void;
}

export interface GatewayLoad {
  readonly inFlight: number;
  readonly requests: number;
  readonly errors: number;
}

/** A table as it is sent, made once for all links. */
export interface TableMessage {
  readonly version: number;
  readonly text: string;
  readonly replicas: ReadonlySet<string>;
}

/** More than this waiting to be sent means that the other side does not read. */
const longestBacklogBytes = 128 * 1024 * 1024;

/** One gateway's link. What it remembers ends with it: a gateway says everything again on its next link. */
export class GatewayLink {
  /** Null until it said hello. */
  gateway: string | null = null;
  acked = 0;
  sent = 0;
  heardAtMs = performance.now();
  readonly load = new Map<string, GatewayLoad>();
  private readonly socket: WebSocket;
  private readonly events: LinkEvents;
  private readonly log: Log;
  /** Replicas that the gateway is done with since they left its table. It may say so before it acknowledges that table. */
  private readonly drained = new Set<string>();
  /** The last complete load: what was acknowledged when it came, and whom it named. */
  private full: { readonly acked: number; readonly replicas: ReadonlySet<string> } | null = null;

  constructor(socket: WebSocket, events: LinkEvents, log: Log) {
    this.socket = socket;
    this.events = events;
    this.log = log;
    socket.on('message', (data) => this.onMessage(String(data)));
    socket.on('error', (error) => log.debug({ err: error, gateway: this.gateway }, 'a link failed'));
    socket.on('close', () => events.onClosed(this));
  }

  get isSilent(): boolean {
    return performance.now() - this.heardAtMs > gatewayLinkDeadMs;
  }

  /** Whether nothing of the gateway's runs on a replica that left its table at `version`. */
  isDrained(replica: string, version: number): boolean {
    if (this.acked < version) return false;
    if (this.drained.has(replica)) return true;
    return this.full !== null && this.full.acked >= version && !this.full.replicas.has(replica);
  }

  sendTable({ version, text, replicas }: TableMessage): void {
    if (version <= this.sent) return;
    this.sent = version;
    // What is listed again is not done with any more.
    for (const replica of this.drained) if (replicas.has(replica)) this.drained.delete(replica);
    this.sendText(text);
  }

  ping(): void {
    this.send({ type: 'ping' });
  }

  end(code: number, why: string): void {
    this.socket.close(code, why);
    // Whoever does not answer the closing handshake is not waited for.
    setTimeout(() => this.socket.terminate(), 500).unref();
  }

  terminate(): void {
    this.socket.terminate();
  }

  private onMessage(text: string): void {
    this.heardAtMs = performance.now();
    const message = parse(text);
    if (message === null) {
      this.log.debug({ gateway: this.gateway, text: text.slice(0, 200) }, 'a message of a gateway was not understood');
      return;
    }
    if (message.type === 'hello') {
      this.gateway = message.gateway;
      this.acked = message.version;
      this.events.onHello(this, message.version);
      return;
    }
    if (this.gateway !== null) this.take(message);
  }

  private take(message: GatewayToScheduler): void {
    if (message.type === 'ping') this.send({ type: 'pong' });
    if (message.type === 'ack') {
      this.acked = message.version;
      this.events.onAck(this, message.version);
    }
    if (message.type === 'refused') {
      this.log.warn(
        { gateway: this.gateway, reason: message.reason, current: message.current, message: message.message },
        'a gateway refused a table',
      );
      if (message.reason === 'older') this.events.onOlder(this, message.current);
    }
    if (message.type === 'drained') {
      this.drained.add(message.replica);
      this.events.onDrained(this, message.replica);
    }
    if (message.type === 'load') this.takeLoad(message);
    if (message.type === 'traffic') this.events.onTraffic(this, message);
  }

  private takeLoad(message: Extract<GatewayToScheduler, { type: 'load' }>): void {
    if (message.full) {
      this.load.clear();
      this.full = { acked: this.acked, replicas: new Set(message.replicas.map((replica) => replica.id)) };
    }
    for (const { id, inFlight, requests, errors } of message.replicas)
      this.load.set(id, { inFlight, requests, errors });
  }

  trafficTaken(boot: string, sequence: number): void {
    this.send({ type: 'traffic_taken', boot, sequence });
  }

  private send(message: SchedulerToGateway): void {
    this.sendText(JSON.stringify(message));
  }

  private sendText(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > longestBacklogBytes) {
      this.terminate();
      return;
    }
    this.socket.send(text);
  }
}

/** Null for what this version does not know: a newer gateway may say more. */
function parse(text: string): GatewayToScheduler | null {
  try {
    const parsed = gatewayToSchedulerSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
