import { type EnvironmentId, isId, type ServiceId } from '@sconce/core';
import type { Housekeeping } from '@sconce/ports';
import { type ApplyParts, stopReplica } from './containers/apply-replicas.ts';
import { isNotFound } from './engine/engine-errors.ts';
import { label } from './names.ts';

/** Removes only what carries this installation's label. */
export function createHousekeeping(parts: ApplyParts): Housekeeping {
  const { engine, home, networks, fence } = parts;
  const ours = (...labels: string[]) => [`${label.home}=${home}`, ...labels];

  async function removeReplicas(selection: string): Promise<void> {
    const containers = await engine.listContainers(ours(`${label.kind}=replica`, selection));
    await Promise.all(containers.map(({ Id }) => stopReplica(parts, Id)));
  }

  async function removeNetwork(environment: EnvironmentId): Promise<void> {
    const standing = await engine.listNetworks(ours(`${label.environment}=${environment}`));
    networks.forget(environment);
    await Promise.all(standing.map(({ Id }) => ignoring(isNotFound, engine.removeNetwork(Id))));
  }

  return {
    async services() {
      const containers = await engine.listContainers(ours(`${label.kind}=replica`));
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
      await removeReplicas(`${label.service}=${service}`);
      await fence.forget(service);
    },
    async removeEnvironment(environment, withVolumes) {
      await removeReplicas(`${label.environment}=${environment}`);
      await removeNetwork(environment);
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
