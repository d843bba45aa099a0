import {
  emptyRouteTable,
  indexRoutes,
  matchRoute,
  type Route,
  type RouteIndex,
  type RouteMatch,
  type RouteReplica,
  type RouteTable,
  type RouteTarget,
} from '@sconce/core';
import { Tally } from '../traffic/tally.ts';
import { ReplicaState } from '../upstream/replica-state.ts';
import { type RouteEntry, RouteState } from './route-state.ts';

type IndexedEntry = RouteEntry & { readonly hosts: readonly string[]; readonly pathPrefix: string | null };

/**
 * The table that requests are routed by. A swap prepares everything first and then changes one reference, so a request
 * sees one table or the other; replicas and counts are carried over by id.
 */
export class LiveTable {
  version = 0;
  readonly replicas = new Map<string, ReplicaState>();
  readonly routes = new Map<string, RouteState>();
  /** Tallies that have something to tell. */
  readonly news = new Set<Tally>();
  private index: RouteIndex<IndexedEntry> = indexRoutes([]);
  private readonly onDrained: (replica: ReplicaState) => void;

  /** `onDrained` hears of each replica that is in no table any more and has nothing in flight. */
  constructor(onDrained: (replica: ReplicaState) => void) {
    this.onDrained = onDrained;
  }

  match(host: string, target: string): RouteMatch<RouteEntry> | null {
    return matchRoute(this.index, host, target);
  }

  swap(table: RouteTable = emptyRouteTable): void {
    const listed = new Set<string>();
    const entries = table.routes.map((route) => this.makeEntry(route, listed));
    this.index = indexRoutes(entries);
    this.version = table.version;
    this.dropRoutes(new Map(entries.map((entry) => [entry.route.service, entry])));
    this.dropReplicas(listed);
    for (const state of this.routes.values()) state.wake();
  }

  /** Called when a replica's last request ended. */
  forgetIfDrained(replica: ReplicaState): void {
    if (replica.isListed || replica.inFlight > 0 || this.replicas.get(replica.id) !== replica) return;
    this.replicas.delete(replica.id);
    replica.closeIdle();
    this.onDrained(replica);
  }

  private makeEntry(route: Route, listed: Set<string>): IndexedEntry {
    const state = this.routes.get(route.service) ?? this.newRoute(route.service);
    this.routes.set(route.service, state);
    const targets = route.targets.map((target) => ({
      weight: target.weight,
      replicas: target.replicas.map((replica) => {
        listed.add(replica.id);
        return this.stateOf(replica, state, target);
      }),
    }));
    const canServe = targets.some((target) => target.weight > 0 && target.replicas.length > 0);
    return { route, state, targets, canServe, hosts: route.hosts, pathPrefix: route.pathPrefix };
  }

  private newRoute(service: string): RouteState {
    return new RouteState(service, new Tally({ service, release: '', replica: '' }, this.news));
  }

  private stateOf(replica: RouteReplica, route: RouteState, target: RouteTarget): ReplicaState {
    const { release, releaseNumber } = target;
    const known = this.replicas.get(replica.id);
    // Releases that are equal share replicas: what comes from now on is the new one's.
    const tally =
      known?.releaseId === release
        ? known.tally
        : new Tally({ service: route.service, release, replica: replica.id }, this.news);
    const state = known ?? new ReplicaState(replica.id, tally, (one) => this.forgetIfDrained(one));
    state.update(replica, route, { id: release, name: `r${releaseNumber}`, tally });
    this.replicas.set(replica.id, state);
    return state;
  }

  private dropRoutes(current: ReadonlyMap<string, RouteEntry>): void {
    for (const [service, state] of this.routes) {
      state.entry = current.get(service) ?? null;
      if (state.entry === null) {
        state.wake();
        this.routes.delete(service);
      }
    }
  }

  private dropReplicas(listed: ReadonlySet<string>): void {
    for (const replica of this.replicas.values()) {
      if (listed.has(replica.id)) continue;
      replica.isListed = false;
      replica.closeIdle();
      this.forgetIfDrained(replica);
    }
  }
}
