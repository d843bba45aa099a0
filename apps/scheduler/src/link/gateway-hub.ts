import { type GatewayTraffic, gatewayLinkPingMs } from '@sconce/contract';
import type { RouteTable } from '@sconce/core';
import {
  markGatewayGone,
  putGatewayAck,
  raiseRouteVersion,
  readNewestRouteTable,
  touchGateways,
  wakeServiceOfReplica,
} from '@sconce/db';
import { type Deps, type PublishedRoutes, publishRoutesIn } from '@sconce/engine';
import type { WebSocket } from 'ws';
import type { SchedulerMetrics } from '../metrics/scheduler-metrics.ts';
import { GatewayLink, type GatewayLoad, type LinkEvents, type TableMessage } from './gateway-link.ts';
import { TrafficIntake } from './traffic-intake.ts';

/**
 * All gateways linked to this process: gives each the newest table, and writes down what each serves, so that whichever process leads
 * knows. A table that a gateway was sent is never followed by an older one.
 */
export class GatewayHub implements LinkEvents {
  private readonly deps: Deps;
  private readonly links = new Set<GatewayLink>();
  private readonly byGateway = new Map<string, GatewayLink>();
  private newest: TableMessage | null = null;
  /** Writes about one gateway happen in order. */
  private readonly writes = new Map<string, Promise<void>>();
  private touchedAtMs = 0;
  private readonly traffic: TrafficIntake;

  private readonly metrics: SchedulerMetrics;

  constructor(deps: Deps, metrics: SchedulerMetrics, stopping: AbortSignal) {
    this.deps = deps;
    this.metrics = metrics;
    this.traffic = new TrafficIntake(deps, stopping);
  }

  /** For the reconciler: a gateway that is linked elsewhere, or not at all, has not said so. */
  readonly isDrained = (gateway: string, replica: string, version: number): boolean =>
    this.byGateway.get(gateway)?.isDrained(replica, version) ?? false;

  /** Requests running per replica, of all gateways linked here. */
  loadOf(replica: string): GatewayLoad {
    const sum = { inFlight: 0, requests: 0, errors: 0 };
    for (const link of this.links) {
      const load = link.load.get(replica);
      sum.inFlight += load?.inFlight ?? 0;
      sum.requests += load?.requests ?? 0;
      sum.errors += load?.errors ?? 0;
    }
    return sum;
  }

  readonly publish = ({ table }: PublishedRoutes): void => {
    if (table !== null) this.offer(table);
  };

  /** Sends the table to all, unless a newer one was. */
  offer(table: RouteTable): void {
    if (this.newest !== null && table.version <= this.newest.version) return;
    this.newest = toMessage(table);
    this.metrics.routeVersion = table.version;
    for (const link of this.links) if (link.gateway !== null) link.sendTable(this.newest);
  }

  /** Looks in the database for a newer table: after an announcement, or when one may have been missed. */
  async refresh(): Promise<void> {
    const table = await readNewestRouteTable(this.deps.db.tx);
    if (table !== null) this.offer(table);
  }

  add(socket: WebSocket): void {
    this.links.add(new GatewayLink(socket, this, this.deps.log));
  }

  onHello(link: GatewayLink, version: number): void {
    const gateway = link.gateway ?? '';
    const before = this.byGateway.get(gateway);
    if (before !== undefined && before !== link) before.terminate();
    this.byGateway.set(gateway, link);
    this.metrics.gateways = this.byGateway.size;
    this.deps.log.info({ gateway, version }, 'gateway linked');
    this.note(gateway, version);
    if (this.newest === null) return;
    if (version > this.newest.version) this.onOlder(link, version);
    else link.sendTable(this.newest);
  }

  onAck(link: GatewayLink, version: number): void {
    this.note(link.gateway ?? '', version);
  }

  onOlder(link: GatewayLink, version: number): void {
    const { db, log } = this.deps;
    log.warn(
      { gateway: link.gateway, version },
      'a gateway knows newer routes than the database; numbering goes on above them',
    );
    db.transaction(async (tx) => {
      await raiseRouteVersion(tx, version);
      return publishRoutesIn(tx, this.deps, true);
    }).then(this.publish, (error: unknown) => log.error({ err: error }, 'routes could not be published anew'));
  }

  onDrained(_link: GatewayLink, replica: string): void {
    wakeServiceOfReplica(this.deps.db.tx, replica).catch((error: unknown) =>
      this.deps.log.warn({ replica, err: error }, 'a drained replica was not passed on; the time limit applies'),
    );
  }

  onTraffic(link: GatewayLink, traffic: GatewayTraffic): void {
    this.traffic.take(link.gateway ?? '', traffic, (boot, sequence) => {
      this.metrics.trafficReports += 1;
      link.trafficTaken(boot, sequence);
    });
  }

  onClosed(link: GatewayLink): void {
    this.links.delete(link);
    const { gateway } = link;
    if (gateway === null || this.byGateway.get(gateway) !== link) return;
    this.byGateway.delete(gateway);
    this.metrics.gateways = this.byGateway.size;
    this.deps.log.info({ gateway }, 'gateway link ended');
    this.inOrder(gateway, () => markGatewayGone(this.deps.db.tx, gateway));
  }

  /** Every `gatewayLinkPingMs`: asks for signs of life, ends dead links, writes down who is there. */
  async pulse(): Promise<void> {
    for (const link of this.links) {
      if (link.isSilent) link.terminate();
      else link.ping();
    }
    const now = this.deps.clock.now();
    if (now - this.touchedAtMs < gatewayLinkPingMs) return;
    this.touchedAtMs = now;
    await touchGateways(this.deps.db.tx, [...this.byGateway.keys()], new Date(now));
  }

  /** The gateways go on with the table they have; they are still there as far as the database knows. */
  endLinks(): void {
    for (const link of this.links) {
      if (link.gateway !== null) this.byGateway.delete(link.gateway);
      link.end(1001, 'the scheduler is stopping');
    }
  }

  /** Resolves when all that was heard is written down. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.writes.values(), this.traffic.settled()]);
  }

  private note(gateway: string, version: number): void {
    this.inOrder(gateway, () => putGatewayAck(this.deps.db.tx, gateway, version, new Date(this.deps.clock.now())));
  }

  private inOrder(gateway: string, write: () => Promise<void>): void {
    const next = (this.writes.get(gateway) ?? Promise.resolve())
      .then(write)
      .catch((error: unknown) => {
        this.deps.log.warn({ gateway, err: error }, 'what a gateway said was not written down; it is asked again');
        // The next table, or the next link, says it anew.
        this.byGateway.get(gateway)?.terminate();
      })
      .finally(() => {
        if (this.writes.get(gateway) === next) this.writes.delete(gateway);
      });
    this.writes.set(gateway, next);
  }
}

function toMessage(table: RouteTable): TableMessage {
  const replicas = table.routes.flatMap((route) => route.targets.flatMap((target) => target.replicas));
  return {
    version: table.version,
    text: JSON.stringify({ type: 'table', table }),
    replicas: new Set(replicas.map((replica) => replica.id)),
  };
}
