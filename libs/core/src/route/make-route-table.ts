import type { EpochMs } from '../clock.ts';
import type { ReleaseId, ServiceId } from '../id.ts';
import { routableReplicas } from '../rollout/decide-serving.ts';
import type { Route, RouteReplica, RouteUnavailable } from './route-table.ts';

/** One service as far as its route is concerned. */
export interface RoutedService {
  readonly service: ServiceId;
  readonly projectSlug: string;
  readonly environmentSlug: string;
  readonly serviceSlug: string;
  /** The release that takes its requests (see `decideServing`); null before the first one is ready. */
  readonly serving: {
    readonly release: ReleaseId;
    readonly releaseNumber: number;
    readonly drainTimeoutMs: number;
    readonly concurrency: number | null;
    /** How many replicas it should have. */
    readonly wanted: number;
    /** Of its replica set. */
    readonly replicas: readonly RoutedReplica[];
  } | null;
  /** Something is on its way: a rollout has not ended. */
  readonly starting: boolean;
  /** How long requests may wait for that while nothing can answer them; null: they are told at once. */
  readonly holdMs: number | null;
}

export interface RoutedReplica {
  readonly id: string;
  readonly health: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly createdAt: EpochMs;
  /** Its node is to go. */
  readonly isLeaving: boolean;
}

const longestLabel = 63;

/** `<service>-<environment>-<project>.localhost`, or null when that is no DNS label any more: then only the path leads there. */
export function makeHost(
  service: Pick<RoutedService, 'projectSlug' | 'environmentSlug' | 'serviceSlug'>,
): string | null {
  const label = `${service.serviceSlug}-${service.environmentSlug}-${service.projectSlug}`;
  return label.length <= longestLabel ? `${label}.localhost` : null;
}

/**
 * The complete set of routes. `services` come oldest first: slugs joined by dashes can give one host twice (`a-b` in `c`, `a` in `b-c`), and
 * who had it first keeps it, so that no later service takes another's requests.
 */
export function makeRoutes(services: readonly RoutedService[]): Route[] {
  const taken = new Set<string>();
  return services.map((service) => {
    const host = makeHost(service);
    const hosts = host === null || taken.has(host) ? [] : [host];
    for (const own of hosts) taken.add(own);
    return makeRoute(service, hosts);
  });
}

function makeRoute(service: RoutedService, hosts: readonly string[]): Route {
  const path = `${service.projectSlug}/${service.environmentSlug}/${service.serviceSlug}`;
  const { serving } = service;
  const replicas = serving === null ? [] : toRouteReplicas(serving.replicas, serving.wanted);
  return {
    service: service.service,
    name: path,
    hosts,
    pathPrefix: `/${path}`,
    targets:
      serving === null
        ? []
        : [{ release: serving.release, releaseNumber: serving.releaseNumber, weight: 100, replicas }],
    // The longest request is what draining waits for; one that takes longer would be cut by the next deploy.
    requestTimeoutMs: serving?.drainTimeoutMs ?? 30_000,
    concurrency: serving?.concurrency ?? null,
    holdMs: replicas.length > 0 ? null : service.holdMs,
    unavailable: replicas.length > 0 ? null : whyUnavailable(service),
  };
}

function toRouteReplicas(replicas: readonly RoutedReplica[], wanted: number): RouteReplica[] {
  const known = replicas.flatMap(({ id, health, host, port, createdAt, isLeaving }) =>
    host === null || port === null ? [] : [{ id, health, host, port, createdAt, isLeaving, hasAddress: true }],
  );
  return routableReplicas(known, wanted)
    .map(({ id, host, port }) => ({ id, host, port }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function whyUnavailable(service: RoutedService): RouteUnavailable {
  if (service.holdMs !== null)
    return {
      code: 'handing_over',
      message: 'One release gives way to another here, and the other is not ready yet.',
      retryAfterSeconds: 5,
    };
  if (service.serving !== null)
    return {
      code: 'no_ready_replica',
      message: 'No replica is ready. It is being started again.',
      retryAfterSeconds: 2,
    };
  if (service.starting)
    return { code: 'starting', message: 'The first release is being started.', retryAfterSeconds: 2 };
  return { code: 'not_deployed', message: 'Nothing has been deployed here yet.', retryAfterSeconds: 30 };
}
