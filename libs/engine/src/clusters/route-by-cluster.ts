import { type EnvironmentId, ownCluster, type ServiceId } from '@sconce/core';
import { findClusterOf, findEnvironmentOf, wakeServicesOn } from '@sconce/db';
import { backoffMs } from '@sconce/foundation';
import {
  ClusterUnavailable,
  type Housekeeping,
  housekeeping,
  ImageNotThere,
  type PlacementCheck,
  placement,
  type Runtime,
  RuntimeUnavailable,
} from '@sconce/ports';
import type { Deps } from '../deps.ts';
import { type AnswerGate, createAnswerGate } from './answer-gate.ts';
import type { KnownCluster, KnownClusters } from './known-clusters.ts';

export interface ClusterRoutes {
  /** All clusters as one runtime: each call goes to the cluster of its environment. */
  readonly runtime: Runtime & PlacementCheck & Housekeeping;
  /** Where an environment is, as far as a call went there before; null otherwise. */
  clusterOf(environment: EnvironmentId): string | null;
}

/**
 * Makes one runtime of many clusters, so that who reconciles need not know of them. A cluster that is away throws `ClusterUnavailable` for its own
 * services, and is in nobody else's way. On one that is known no longer, nothing stands and nothing is left to be taken away.
 */
export function routeByCluster(deps: Deps, clusters: KnownClusters): ClusterRoutes {
  // Neither ever changes; both are small.
  const clusterOf = new Map<EnvironmentId, string>();
  const environmentOf = new Map<ServiceId, EnvironmentId>();

  const gates = new Map<string, AnswerGate>();
  const listeners = new Set<(service: ServiceId) => void>();

  const gateOf = (cluster: string): AnswerGate => {
    const known = gates.get(cluster);
    if (known) return known;
    const gate = createAnswerGate((missed) => {
      for (const service of missed) for (const listener of listeners) listener(service);
    });
    gates.set(cluster, gate);
    return gate;
  };

  const nameOf = async (environment: EnvironmentId): Promise<string> => {
    const known = clusterOf.get(environment);
    if (known !== undefined) return known;
    const name = (await findClusterOf(deps.db.tx, environment)) ?? ownCluster;
    clusterOf.set(environment, name);
    return name;
  };

  /** Null when the cluster was removed. One that was added a moment ago may not have been heard of yet. */
  const find = async (environment: EnvironmentId): Promise<{ name: string; runtime: Runtime } | null> => {
    const name = await nameOf(environment);
    if (clusters.get(name) === null) await clusters.refresh();
    const runtime = clusters.get(name);
    return runtime && { name, runtime };
  };

  const findForService = async (service: ServiceId) => {
    const environment =
      environmentOf.get(service) ?? ((await findEnvironmentOf(deps.db.tx, service)) as EnvironmentId | null);
    if (environment === null) return { name: ownCluster, runtime: clusters.get(ownCluster) };
    environmentOf.set(service, environment);
    return find(environment);
  };

  const runtime: ClusterRoutes['runtime'] = {
    async apply(target) {
      const { environment } = target.service;
      const found = await find(environment);
      if (!found) throw gone(await nameOf(environment));
      return named(found.name, found.runtime.apply(target));
    },
    async observe(ref) {
      environmentOf.set(ref.service, ref.environment);
      const found = await find(ref.environment);
      if (!found) return [];
      return gateOf(found.name).ask(ref.service, () => named(found.name, found.runtime.observe(ref)));
    },
    async retire(release) {
      const found = await find(release.service.environment);
      if (found) await named(found.name, found.runtime.retire(release));
    },
    async watch(onChange, signal) {
      listeners.add(onChange);
      await clusters.workOn((cluster) => watchOne(deps, cluster, onChange), signal);
      listeners.delete(onChange);
    },
    async *logs(replica, from, signal) {
      const found = await findForService(replica.service);
      if (found?.runtime) yield* found.runtime.logs(replica, from, signal);
    },
    async capacity() {
      return (await Promise.all(clusters.all().map(({ name, runtime: one }) => named(name, one.capacity())))).flat();
    },
    async check(request) {
      const found = request.environment === undefined ? null : await find(request.environment);
      const { name, runtime: one } = found ?? { name: ownCluster, runtime: clusters.get(ownCluster) };
      const power = one && placement(one);
      return power ? named(name, power.check(request)) : null;
    },
    services: () => fromAll(clusters, (power) => power.services()),
    environments: () => fromAll(clusters, (power) => power.environments()),
    async removeService(service) {
      const found = await findForService(service);
      if (found?.runtime)
        await named(found.name, housekeeping(found.runtime)?.removeService(service) ?? Promise.resolve());
    },
    async removeEnvironment(environment, volumes) {
      const found = await find(environment);
      const power = found && housekeeping(found.runtime);
      if (found && power) await named(found.name, power.removeEnvironment(environment, volumes));
    },
  };
  return { runtime, clusterOf: (environment) => clusterOf.get(environment) ?? null };
}

const gone = (name: string) => new ClusterUnavailable(name, `The cluster ${name} was removed`);

async function fromAll<T>(clusters: KnownClusters, ask: (power: Housekeeping) => Promise<readonly T[]>): Promise<T[]> {
  const lists = clusters.all().map(({ name, runtime }) => {
    const power = housekeeping(runtime);
    return power ? named(name, ask(power)) : [];
  });
  return (await Promise.all(lists)).flat();
}

/** Which of them is away is said to whoever waits for it. */
async function named<T>(cluster: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const isOfCluster = error instanceof RuntimeUnavailable && !(error instanceof ImageNotThere);
    if (!isOfCluster || error instanceof ClusterUnavailable || cluster === ownCluster) throw error;
    throw new ClusterUnavailable(cluster, error.message, { cause: error });
  }
}

/** When hints end without being told to, some may have been missed: everything on that cluster is looked at, and nothing on the others. */
async function watchOne(
  deps: Deps,
  { name, runtime, signal }: KnownCluster,
  onChange: (service: ServiceId) => void,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await runtime.watch(onChange, signal);
    } catch (error) {
      if (!signal.aborted) deps.log.warn({ cluster: name, err: error }, 'hints from a cluster stopped');
    }
    if (signal.aborted) return;
    await deps.clock.sleep(250 + backoffMs(failures, 250, 5_000), signal).catch(() => {});
    await wakeServicesOn(deps.db.tx, name).catch(() => {});
  }
}
