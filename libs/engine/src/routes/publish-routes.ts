import { createHash } from 'node:crypto';
import {
  canonicalJson,
  decideServing,
  makeRoutes,
  type Route,
  type RoutedService,
  type RouteTable,
} from '@sconce/core';
import {
  insertRouteTable,
  lockRoutes,
  markRouted,
  type RoutedServiceRow,
  readNewestRouteVersion,
  readRoutedServices,
  type Tx,
} from '@sconce/db';
import type { Deps } from '../deps.ts';

const keptTables = 20;

export interface PublishedRoutes {
  readonly version: number;
  /** The table, when this call made it; null when the one before says the same. */
  readonly table: RouteTable | null;
}

/** Computes the one table of all services from what is written down, and publishes it when it says something new. */
export function publishRoutes(deps: Deps): Promise<PublishedRoutes> {
  return deps.db.transaction((tx) => publishRoutesIn(tx, deps));
}

/**
 * In the caller's transaction, so that a phase and the weights it means are one step. Publishers wait for each other here: do it last.
 * `force` makes a new version of the same routes.
 */
export async function publishRoutesIn(tx: Tx, deps: Pick<Deps, 'clock'>, force = false): Promise<PublishedRoutes> {
  await lockRoutes(tx);
  const routes = makeRoutes((await readRoutedServices(tx)).map(toRoutedService));
  const hash = createHash('sha256').update(canonicalJson(routes)).digest('hex');
  const newest = await readNewestRouteVersion(tx);
  const isNew = newest === null || newest.hash !== hash || force;
  const routed = { replicas: replicasIn(routes), at: new Date(deps.clock.now()) };
  if (isNew) {
    const version = await insertRouteTable(tx, routes, hash, keptTables, routed);
    return { version, table: { version, routes } };
  }
  await markRouted(tx, routed.replicas, newest.version, routed.at);
  return { version: newest.version, table: null };
}

function replicasIn(routes: readonly Route[]): string[] {
  return routes.flatMap((route) => route.targets.flatMap((target) => target.replicas.map((replica) => replica.id)));
}

function toRoutedService(row: RoutedServiceRow): RoutedService {
  const serving = decideServing(row.live, row.rollout);
  const release = row.releases.find((each) => each.id === serving);
  return {
    service: row.id,
    projectSlug: row.projectSlug,
    environmentSlug: row.environmentSlug,
    serviceSlug: row.slug,
    starting: row.rollout !== null,
    holdMs: holdOf(row),
    serving: release
      ? {
          release: release.id,
          releaseNumber: release.number,
          drainTimeoutMs: release.drainTimeoutMs,
          concurrency: release.concurrency,
          wanted: release.replicas,
          replicas: row.replicas.filter((replica) => replica.release === release.replicaSet),
        }
      : null,
  };
}

const longestHoldMs = 600_000;

/**
 * Where something was live and something is on its way, requests wait for it: until what is before it has ended, and it has started, each in the
 * time that may take.
 */
function holdOf({ live, rollout, releases }: RoutedServiceRow): number | null {
  if (live === null || rollout === null) return null;
  const times = releases.map(({ drainTimeoutMs, startupTimeoutMs }) => drainTimeoutMs + startupTimeoutMs);
  return Math.min(longestHoldMs, Math.max(0, ...times));
}
