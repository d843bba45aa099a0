import {
  type GatewayToScheduler,
  gatewayLinkDeadMs,
  gatewayLinkMaxBytes,
  gatewayLinkPingMs,
  gatewayLinkProtocol,
} from '@sconce/contract';
import { backoffMs, type Log } from '@sconce/foundation';
import { WebSocket } from 'ws';
import type { TrafficMeter } from '../traffic/traffic-meter.ts';
import type { LoadReport } from './load-report.ts';
import type { TableKeeper } from './table-keeper.ts';

const loadEveryMs = 1_000;
const firstRetryMs = 50;
const longestRetryMs = 2_000;
const handshakeTimeoutMs = 3_000;

export interface SchedulerLinkOptions {
  readonly url: string;
  readonly token: string;
  readonly gateway: string;
  readonly keeper: TableKeeper;
  readonly load: LoadReport;
  readonly traffic: TrafficMeter;
  readonly log: Log;
}

/** Keeps a link to the scheduler for as long as the gateway runs, whatever happens to the other end. */
export class SchedulerLink {
  private readonly options: SchedulerLinkOptions;
  private socket: WebSocket | null = null;
  private failures = 0;
  private retryTimer: NodeJS.Timeout | undefined;
  private pulseTimer: NodeJS.Timeout | undefined;
  private loadTimer: NodeJS.Timeout | undefined;
  private heardAtMs = 0;
  private isStopped = false;
  /** The last sample of traffic that this link was told. */
  private toldSample = 0;

  constructor(options: SchedulerLinkOptions) {
    this.options = options;
  }

  get isUp(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  start(): void {
    this.connect();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.retryTimer);
    this.clearTimers();
    this.socket?.close(1001, 'the gateway is stopping');
    // A scheduler that hangs would keep the closing handshake, and this process, waiting.
    this.socket?.terminate();
  }

  /** A replica that left the table has nothing in flight any more. Lost with a dead link; the next full load says it again. */
  drained(replica: string): void {
    this.send({ type: 'drained', replica });
  }

  /** Tells what was counted and not told on this link. Without a link it waits for the next one. */
  tellTraffic(): void {
    if (!this.isUp) return;
    const { traffic } = this.options;
    const samples = traffic.after(this.toldSample);
    this.toldSample = samples.at(-1)?.sequence ?? this.toldSample;
    if (samples.length > 0) this.send({ type: 'traffic', boot: traffic.boot, samples: [...samples] });
  }

  private connect(): void {
    const { url, token, log } = this.options;
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: gatewayLinkMaxBytes,
      perMessageDeflate: false,
    });
    this.socket = socket;
    socket.on('open', () => this.onOpen());
    socket.on('message', (data) => this.onMessage(String(data)));
    socket.on('error', (error) => {
      // Said once per outage: an absent scheduler is asked again every two seconds.
      if (this.failures === 0)
        log.warn({ err: error, url }, 'the link to the scheduler failed; serving the table at hand');
    });
    socket.on('close', () => this.onClose());
  }

  private onOpen(): void {
    const { keeper, gateway, load, log } = this.options;
    log.info({ version: keeper.version }, 'linked to the scheduler');
    this.failures = 0;
    this.heardAtMs = performance.now();
    this.send({ type: 'hello', gateway, protocol: gatewayLinkProtocol, version: keeper.version });
    this.send(load.full(Date.now()));
    this.toldSample = 0;
    this.tellTraffic();
    this.pulseTimer = setInterval(() => this.pulse(), gatewayLinkPingMs);
    this.loadTimer = setInterval(() => this.sendLoad(), loadEveryMs);
  }

  private onMessage(text: string): void {
    this.heardAtMs = performance.now();
    const answer = this.options.keeper.take(text);
    for (const message of answer) this.send(message);
  }

  private onClose(): void {
    this.clearTimers();
    this.socket = null;
    if (this.isStopped) return;
    // Half of it fixed, so that a scheduler which refuses at once is not asked in a tight loop.
    const base = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(this.failures, 10));
    const waitMs = base / 2 + backoffMs(0, base / 2, base / 2);
    this.failures += 1;
    this.retryTimer = setTimeout(() => this.connect(), waitMs);
  }

  private pulse(): void {
    if (performance.now() - this.heardAtMs > gatewayLinkDeadMs) {
      this.options.log.warn({}, 'the scheduler went silent; linking again');
      this.socket?.terminate();
      return;
    }
    this.send({ type: 'ping' });
  }

  private sendLoad(): void {
    const message = this.options.load.changes(Date.now());
    if (message !== null) this.send(message);
  }

  private send(message: GatewayToScheduler): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private clearTimers(): void {
    clearInterval(this.pulseTimer);
    clearInterval(this.loadTimer);
  }
}
