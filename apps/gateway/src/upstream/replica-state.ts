import type { RouteReplica } from '@sconce/core';
import type { RouteState } from '../table/route-state.ts';
import type { Tally } from '../traffic/tally.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

const firstAvoidanceMs = 1_000;
const longestAvoidanceMs = 8_000;
/** More idle connections than this only cost the replica memory. */
const maxIdle = 256;

interface OwningRelease {
  readonly id: string;
  readonly name: string;
  readonly tally: Tally;
}

/** What the gateway knows of one replica, for as long as it has requests there. */
export class ReplicaState {
  readonly id: string;
  host = '';
  port = 0;
  /** `r12`: what answers say they came from. */
  release = '';
  releaseId = '';
  /** Counts for the release it belongs to now. */
  tally: Tally;
  /** Beginning of its id, as answers name it; empty where it could not stand in a header. */
  readonly shortId: string;
  route: RouteState | null = null;
  inFlight = 0;
  requests = 0;
  errors = 0;
  avoidUntilMs = 0;
  isListed = true;
  private refusals = 0;
  /** Last used last: the freshest is taken first, the oldest expires. */
  private idle: UpstreamConnection[] = [];
  private readonly onQuiet: (replica: ReplicaState) => void;

  constructor(id: string, tally: Tally, onQuiet: (replica: ReplicaState) => void) {
    this.id = id;
    this.tally = tally;
    this.shortId = /^[\w.-]+$/.test(id) ? id.slice(0, 12) : '';
    this.onQuiet = onQuiet;
  }

  /** Takes over what a new table says. A replica that moved keeps its running requests, not its idle connections. */
  update(replica: RouteReplica, route: RouteState, release: OwningRelease): void {
    if (replica.host !== this.host || replica.port !== this.port) this.closeIdle();
    this.host = replica.host;
    this.port = replica.port;
    this.route = route;
    this.release = release.name;
    this.releaseId = release.id;
    this.tally = release.tally;
    this.isListed = true;
  }

  /** The freshest idle connection, if it has been idle for less than `maxIdleMs`. */
  takeIdle(nowMs: number, maxIdleMs: number): UpstreamConnection | null {
    const connection = this.idle.at(-1);
    if (connection === undefined) return null;
    if (nowMs - connection.idleSinceMs >= Math.min(maxIdleMs, connection.maxIdleMs)) return null;
    this.idle.pop();
    return connection;
  }

  /** Keeps a connection for the next request, unless it leads where this replica no longer is. */
  keepIdle(connection: UpstreamConnection, nowMs: number): void {
    const isCurrent = this.isListed && connection.host === this.host && connection.port === this.port;
    if (!isCurrent || this.idle.length >= maxIdle) {
      connection.destroy();
      return;
    }
    connection.idleSinceMs = nowMs;
    this.idle.push(connection);
  }

  dropIdle(connection: UpstreamConnection): void {
    const at = this.idle.lastIndexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
  }

  /** Returns how many are left. */
  closeIdleOlderThan(nowMs: number, maxIdleMs: number): number {
    const old = this.idle.filter((each) => nowMs - each.idleSinceMs >= Math.min(maxIdleMs, each.maxIdleMs));
    for (const connection of old) connection.destroy();
    return this.idle.length;
  }

  closeIdle(): void {
    for (const connection of [...this.idle]) connection.destroy();
  }

  begin(): void {
    this.inFlight += 1;
    this.requests += 1;
  }

  end(): void {
    this.inFlight -= 1;
    if (this.route !== null && this.route.queue.size > 0) this.route.wake();
    if (!this.isListed) this.onQuiet(this);
  }

  refused(nowMs: number): void {
    this.avoidUntilMs = nowMs + Math.min(longestAvoidanceMs, firstAvoidanceMs * 2 ** this.refusals);
    this.refusals = Math.min(this.refusals + 1, 8);
  }

  accepted(): void {
    this.refusals = 0;
    this.avoidUntilMs = 0;
  }
}
