import { canonicalJson, ownCluster } from '@sconce/core';
import {
  appendEvent,
  findCluster,
  markClusterAway,
  putCluster,
  refreshCluster,
  type ServiceStateRow,
  type StoredNodePool,
} from '@sconce/db';
import { type ObservedReplica, type Runtime, RuntimeUnavailable, warningsOf } from '@sconce/ports';
import type { Deps } from '../deps.ts';
import type { Fence } from '../rollouts/reconciler-deps.ts';

/** What is shown is never older than this while the runtime answers. */
const everyMs = 8_000;
/** Several replicas that come or go at once are one change. */
const settleMs = 200;

export interface ClusterObserver {
  /** A look at a service: when its hold on GPUs changed, the cluster is looked at soon. */
  note(service: Pick<ServiceStateRow, 'id'>, replicas: readonly ObservedReplica[]): void;
  /** Writes down what is there until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Writes down what the runtime says of the machines it has, what is free of them, and what is not as it should be there. */
export function createClusterObserver(
  deps: Deps & { readonly runtime: Runtime; readonly fence: Fence },
  cluster: string,
): ClusterObserver {
  const held = new Map<string, string>();
  let changed = Promise.withResolvers<void>();
  return {
    note(service, replicas) {
      const gpus = replicas
        .flatMap((replica) => replica.gpus)
        .sort()
        .join();
      if ((held.get(service.id) ?? '') === gpus) return;
      if (gpus === '') held.delete(service.id);
      else held.set(service.id, gpus);
      changed.resolve();
    },
    async run(signal) {
      while (!signal.aborted) {
        changed = Promise.withResolvers<void>();
        await observe(deps, cluster).catch((error: unknown) => {
          if (!signal.aborted) deps.log.warn({ cluster, err: error }, 'a cluster could not be looked at');
        });
        const waiting = new AbortController();
        const next = deps.clock.sleep(everyMs, AbortSignal.any([signal, waiting.signal])).catch(() => {});
        await Promise.race([next, changed.promise]);
        waiting.abort();
        await deps.clock.sleep(settleMs, signal).catch(() => {});
      }
    },
  };
}

async function observe(
  deps: Deps & { readonly runtime: Runtime; readonly fence: Fence },
  cluster: string,
): Promise<void> {
  const pools = await deps.runtime.capacity().catch((error: unknown) => {
    if (error instanceof RuntimeUnavailable) return null;
    throw error;
  });
  const at = new Date(deps.clock.now());
  const warnings = warningsOf(deps.runtime);
  await deps.db.transaction(async (tx) => {
    await deps.fence.check(tx);
    const before = await findCluster(tx, cluster);
    if (pools === null) await markClusterAway(tx, cluster, at);
    else
      await (cluster === ownCluster ? putCluster : refreshCluster)(tx, {
        name: cluster,
        pools,
        warnings,
        observedAt: at,
      });
    const [was, is] = [before && glance(before.pools, before.warnings, before.awayAt), glance(pools, warnings, null)];
    // One that was never heard of and does not answer is no news.
    if (was !== is && !(before === null && pools === null) && !(pools === null && before?.awayAt))
      await appendEvent(tx, { type: 'cluster.changed', projectId: null, subjectId: cluster });
  });
}

/** What people look at, as one text to compare. A disk that fills by less than a hundredth is no news. */
function glance(pools: readonly StoredNodePool[] | null, warnings: readonly string[], awayAt: Date | null): string {
  if (pools === null || awayAt !== null) return 'away';
  const rounded = pools.map(({ diskFreeMiB, ...pool }) => ({
    ...pool,
    diskFree: Math.round((100 * diskFreeMiB) / Math.max(1, pool.diskMiB)),
  }));
  return canonicalJson([rounded, warnings]);
}
