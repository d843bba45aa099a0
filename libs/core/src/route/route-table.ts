import type { ReleaseId, ServiceId } from '../id.ts';

/** The complete set that gateways serve. Immutable, swapped whole; a higher version replaces a lower one. */
export interface RouteTable {
  readonly version: number;
  readonly routes: readonly Route[];
}

/** One service's way in. A request matches by host first, then by the longest path prefix. */
export interface Route {
  readonly service: ServiceId;
  /** `project/environment/service`, for error pages and metrics. */
  readonly name: string;
  /** Lower-case hosts without port; empty means reachable by path only. */
  readonly hosts: readonly string[];
  /** `/{project}/{environment}/{service}`; cut from the path before it is forwarded. Null: host only. */
  readonly pathPrefix: string | null;
  readonly targets: readonly RouteTarget[];
  /** Longest time from the request's first byte to the answer's first byte. */
  readonly requestTimeoutMs: number;
  /** Requests one replica takes at once; null is no limit. */
  readonly concurrency: number | null;
  /**
   * While no target has a replica: how long a request waits for one, beyond the time it may take itself. Null: it is told at once. Absent in
   * tables of earlier versions.
   */
  readonly holdMs?: number | null;
  /** Why there is nothing to serve, when no target has a replica; shown in the 503. */
  readonly unavailable: RouteUnavailable | null;
}

export interface RouteUnavailable {
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds: number;
}

export interface RouteTarget {
  readonly release: ReleaseId;
  readonly releaseNumber: number;
  /** Share of the service's requests; only ratios between the targets of one route matter. */
  readonly weight: number;
  readonly replicas: readonly RouteReplica[];
}

export interface RouteReplica {
  /** Stable for the life of the replica (the container's or pod's id). */
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

export const emptyRouteTable: RouteTable = { version: 0, routes: [] };
