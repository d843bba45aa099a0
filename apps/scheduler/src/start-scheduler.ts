import { randomUUID } from 'node:crypto';
import { gatewayLinkPingMs } from '@sconce/contract';
import { ownCluster } from '@sconce/core';
import { forgetGateways, forgetMetricSources, forgetOldLogCursors, pruneMetrics } from '@sconce/db';
import {
  type ClusterObserver,
  cleanUpRuntime,
  collectImages,
  collectLogs,
  collectSealedValues,
  createClusterObserver,
  createKnownClusters,
  createReconcileLoop,
  createRoomToFree,
  type Deps,
  holdLeadership,
  type KnownCluster,
  type Leadership,
  measureUsage,
  type ReconcileLoop,
  routeByCluster,
} from '@sconce/engine';
import type { Running } from '@sconce/foundation';
import type { ClusterFactory, ImageRegistry, Runtime, SecretOpener } from '@sconce/ports';
import { type ExecLimits, ExecServer, usualExecLimits } from './exec/exec-server.ts';
import { GatewayHub } from './link/gateway-hub.ts';
import { type LinkServer, startLinkServer } from './link/link-server.ts';
import { SchedulerMetrics } from './metrics/scheduler-metrics.ts';

/** What a scheduler is made of; `wiring.ts` chooses the adapters, tests give their own. */
export interface SchedulerParts extends Deps {
  /** Of the cluster that environments are in unless they name another. */
  readonly runtime: Runtime;
  readonly openCluster: ClusterFactory;
  readonly imageRegistry: ImageRegistry;
  readonly secretOpener: SecretOpener;
  readonly variableOpener: SecretOpener;
  readonly link: { readonly host: string; readonly port: number; readonly token: string };
  /** Whether commands are run in replicas at all. */
  readonly mayExec?: boolean;
  readonly execLimits?: ExecLimits;
}

export interface Scheduler extends Running {
  /** Where gateways link themselves; null while another process has the port. */
  linkPort(): number | null;
}

const firstHousekeepingMs = 60_000;
const housekeepingEveryMs = 600_000;
const forgetGatewaysMs = 86_400_000;

/** Links gateways at once; reconciles and collects logs while it holds the lease. */
export function startScheduler(parts: SchedulerParts): Scheduler {
  const stopping = new AbortController();
  const { signal } = stopping;
  const metrics = new SchedulerMetrics();
  const hub = new GatewayHub(parts, metrics, signal);
  // Commands are run by whichever process is asked: it takes no lead, so it knows the clusters by itself.
  const clusters = createKnownClusters(parts);
  const { mayExec = true, execLimits: limits = usualExecLimits } = parts;
  const execs = new ExecServer({ ...parts, clusters, limits, mayExec });
  const server: LinkServer = startLinkServer({
    ...parts.link,
    clock: parts.clock,
    log: parts.log,
    onLink: (socket) => hub.add(socket),
    onUpgrade: (request, socket, head) => execs.take(request, socket, head),
    metrics: () => metrics.text(),
  });
  const refresh = () =>
    hub.refresh().catch((error: unknown) => parts.log.warn({ err: error }, 'the newest routes could not be read'));
  const work = Promise.all([
    parts.db.listen('sconce_route', refresh, signal),
    every(parts, gatewayLinkPingMs, signal, () => hub.pulse()),
    holdLeadership(parts, randomUUID(), signal, (leadership) => lead(parts, hub, metrics, leadership)),
  ]);
  return {
    linkPort: () => server.port(),
    stop: async () => {
      stopping.abort();
      hub.endLinks();
      await execs.stop();
      await server.stop();
      await hub.settled();
      await work;
      await clusters.close();
    },
  };
}

async function lead(
  parts: SchedulerParts,
  hub: GatewayHub,
  metrics: SchedulerMetrics,
  { holder, fence, signal }: Leadership,
): Promise<void> {
  metrics.leading = true;
  signal.addEventListener('abort', () => {
    metrics.leading = false;
  });
  const clusters = createKnownClusters(parts);
  const { runtime, clusterOf } = routeByCluster(parts, clusters);
  const observers = new Map<string, ClusterObserver>();
  const logs = collectLogs({ ...parts, runtime }, signal);
  const loop: ReconcileLoop = createReconcileLoop(
    {
      ...parts,
      runtime,
      fence,
      leadsSince: parts.clock.now(),
      isDrained: hub.isDrained,
      onPublished: (published) => {
        if (published.table !== null) metrics.routeTables += 1;
        hub.publish(published);
      },
      onObserved: (service, replicas) => {
        metrics.looks += 1;
        logs.follow(service, replicas);
        observers.get(clusterOf(service.environmentId) ?? ownCluster)?.note(service, replicas);
      },
      lastLines: (service, replica) => logs.lastLines(service, replica),
      poke: (service) => loop.poke(service),
      room: createRoomToFree((service) => loop.poke(service), clusterOf),
    },
    holder,
  );
  /** Of each cluster by itself: one that is away is no matter of the others. */
  const lookAfter = async (cluster: KnownCluster): Promise<void> => {
    const deps = { ...parts, runtime: cluster.runtime, fence };
    const observer = createClusterObserver(deps, cluster.name);
    observers.set(cluster.name, observer);
    await Promise.all([
      observer.run(cluster.signal),
      measureUsage(deps, cluster.name, cluster.signal),
      cleanUp(deps, cluster.signal),
    ]);
    if (observers.get(cluster.name) === observer) observers.delete(cluster.name);
  };
  const refresh = () =>
    clusters.refresh().catch((error: unknown) => parts.log.warn({ err: error }, 'the clusters could not be read'));
  await Promise.all([
    loop.run(signal),
    parts.db.listen('sconce_cluster', refresh, signal),
    clusters.workOn(lookAfter, signal),
    keepHouse(parts, signal),
  ]);
  await logs.ended();
  await clusters.close();
}

async function cleanUp(parts: Deps & { readonly runtime: Runtime }, signal: AbortSignal): Promise<void> {
  await parts.clock.sleep(firstHousekeepingMs, signal).catch(() => {});
  await every(parts, housekeepingEveryMs, signal, () => cleanUpRuntime(parts));
}

async function keepHouse(parts: SchedulerParts, signal: AbortSignal): Promise<void> {
  // Not in the first minute: everything starts then, and nothing here is urgent.
  await parts.clock.sleep(firstHousekeepingMs, signal).catch(() => {});
  await every(parts, housekeepingEveryMs, signal, async () => {
    await collectImages(parts);
    await collectSealedValues(parts);
    await forgetOldLogCursors(parts.db);
    await forgetGateways(parts.db.tx, new Date(parts.clock.now() - forgetGatewaysMs));
    await forgetMetricSources(parts.db.tx, new Date(parts.clock.now() - forgetGatewaysMs));
    await pruneMetrics(parts.db.tx, new Date(parts.clock.now()));
  });
}

async function every({ clock, log }: Deps, ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work().catch((error: unknown) => log.warn({ err: error }, 'periodic work failed; it is tried again'));
    await clock.sleep(ms, signal).catch(() => {});
  }
}
