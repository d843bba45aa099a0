import { type EnvironmentId, isId, type ServiceId } from '@sconce/core';
import type { Housekeeping, ServiceRef } from '@sconce/ports';
import { type ApplyParts, stopReplica } from './containers/apply-replicas.ts';
import { isNetworkInUse, isNotFound } from './engine/engine-errors.ts';
import type { EnvironmentNetworks } from './isolation/environment-networks.ts';
import { label } from './names.ts';

export interface HousekeepingParts extends ApplyParts {
  readonly networks: EnvironmentNetworks;
  /** Services that a sandbox is kept ready for. */
  readonly served: Map<ServiceId, ServiceRef>;
}

const networkTries = 20;
const networkPauseMs = 100;

/** Removes only what carries this installation's label. */
export function createHousekeeping(parts: HousekeepingParts): Housekeeping {
  const { engine, home, clock, networks, fence, served, sandboxes } = parts;
  const ours = (...labels: string[]) => [`${label.home}=${home}`, ...labels];

  async function removeReplicas(selection: string): Promise<void> {
    const containers = await engine.listContainers(ours(`${label.kind}=replica`, selection));
    await Promise.all(containers.map(({ Id }) => stopReplica(parts, Id)));
    await sandboxes.removeAll(selection);
  }

  async function removeNetworks(environment: EnvironmentId): Promise<void> {
    const selection = `${label.environment}=${environment}`;
    networks.forget(environment);
    for (let tries = 1; ; tries += 1) {
      const standing = await engine.listNetworks(ours(selection));
      try {
        await Promise.all(standing.map(({ Id }) => ignoring(isNotFound, engine.removeNetwork(Id))));
        return;
      } catch (error) {
        if (!isNetworkInUse(error) || tries >= networkTries) throw error;
        // Something was being started here in the same moment.
        await clock.sleep(networkPauseMs);
        await removeReplicas(selection);
      }
    }
  }

  return {
    async services() {
      // Replicas, and what stands ready for them.
      const containers = await engine.listContainers(ours());
      return distinct(
        containers.map(({ Labels }) => Labels[label.service]).filter((id): id is ServiceId => isId('svc', id)),
      );
    },
    async environments() {
      const [containers, standing, volumes] = await Promise.all([
        engine.listContainers(ours()),
        engine.listNetworks(ours()),
        engine.listVolumes(ours()),
      ]);
      const ids = [...containers, ...standing, ...volumes].map(({ Labels }) => Labels?.[label.environment]);
      return distinct(ids.filter((id): id is EnvironmentId => isId('env', id)));
    },
    async removeService(service) {
      served.delete(service);
      await removeReplicas(`${label.service}=${service}`);
      await fence.forget(service);
    },
    async removeEnvironment(environment, withVolumes) {
      for (const [id, service] of served) if (service.environment === environment) served.delete(id);
      await removeReplicas(`${label.environment}=${environment}`);
      await removeNetworks(environment);
      if (!withVolumes) return;
      const volumes = await engine.listVolumes(ours(`${label.environment}=${environment}`));
      await Promise.all(volumes.map(({ Name }) => ignoring(isNotFound, engine.removeVolume(Name))));
    },
  };
}

async function ignoring(isFine: (error: unknown) => boolean, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isFine(error)) throw error;
  }
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
