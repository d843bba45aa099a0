import type { Route } from '@sconce/core';
import type { Tally } from '../traffic/tally.ts';
import type { ReplicaState } from '../upstream/replica-state.ts';
import { Histogram } from './histogram.ts';

/** One route of one table, ready to be used. */
export interface RouteEntry {
  readonly route: Route;
  readonly state: RouteState;
  readonly targets: readonly { readonly weight: number; readonly replicas: readonly ReplicaState[] }[];
  /** False when nothing could ever be picked. */
  readonly canServe: boolean;
}

/** Somebody waiting for a replica to have room. */
export interface Waiter {
  /** A replica has room, or the route changed: decide again. Returns false when there still is none. */
  tryAgain(): boolean;
}

/** What outlives tables: counts, and who waits. */
export class RouteState {
  readonly service: string;
  /** The route as the current table has it; null once it is gone. */
  entry: RouteEntry | null = null;
  /** In order of arrival. A set, so that leaving early costs the same wherever one stands. */
  readonly queue = new Set<Waiter>();
  requests = 0;
  /** Answers by first digit; 0 counts those that ended without one (client gone, connection cut). */
  readonly answers = [0, 0, 0, 0, 0, 0];
  /** Answers that the gateway gave in the service's place. */
  problems = 0;
  readonly firstByte = new Histogram();
  /** Counts what no replica was found for. */
  readonly tally: Tally;

  constructor(service: string, tally: Tally) {
    this.service = service;
    this.tally = tally;
  }

  /** Lets as many waiters through as there is room for, first come first served. */
  wake(): void {
    for (const waiter of this.queue) {
      if (!waiter.tryAgain()) return;
    }
  }
}
