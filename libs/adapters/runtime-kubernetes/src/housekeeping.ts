import { type EnvironmentId, isId, type ServiceId } from '@sconce/core';
import { homeLabel, type Kind, type ObjectFacts, selector } from '@sconce/kubernetes-api';
import type { Housekeeping } from '@sconce/ports';
import type { Environments } from './applying/ensure-environment.ts';
import type { KubernetesParts } from './applying/kubernetes-parts.ts';
import { orNoneIfLeaving, removeReplicas } from './applying/retire-release.ts';
import { label, namespaceName } from './names.ts';

const lookEveryMs = 200;
/** What of a service stands beside its releases. */
const serviceKinds: readonly Kind[] = ['Service', 'PodDisruptionBudget'];

/** Removes only what carries this installation's label. */
export function createHousekeeping(parts: KubernetesParts, environments: Environments): Housekeeping {
  const { objects, clock, options } = parts;
  const ours = { [label.home]: homeLabel(options.home) };

  async function removeAll(
    kinds: readonly Kind[],
    namespace: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<void> {
    for (const kind of kinds) {
      const standing = await orNoneIfLeaving(objects.list<ObjectFacts>(kind, namespace, selector(labels)));
      await Promise.all(standing.map(({ metadata }) => objects.remove(kind, namespace, metadata.name, metadata.uid)));
    }
  }

  async function removeNamespace(name: string): Promise<void> {
    const standing = await objects.get<ObjectFacts>('Namespace', null, name);
    if (standing?.metadata.labels?.[label.home] !== ours[label.home]) return;
    const { uid } = standing?.metadata ?? {};
    await objects.remove('Namespace', null, name, uid);
    while ((await objects.get<ObjectFacts>('Namespace', null, name))?.metadata.uid === uid)
      await clock.sleep(lookEveryMs);
  }

  return {
    async services() {
      const [services, deployments] = await Promise.all([
        objects.list<ObjectFacts>('Service', null, selector(ours)),
        objects.list<ObjectFacts>('Deployment', null, selector(ours)),
      ]);
      const ids = [...services, ...deployments].map(({ metadata }) => metadata.labels?.[label.service]);
      return distinct(ids.filter((id): id is ServiceId => isId('svc', id)));
    },
    async environments() {
      const namespaces = await objects.list<ObjectFacts>('Namespace', null, selector(ours));
      const standing = namespaces.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      const ids = standing.map(({ metadata }) => metadata.labels?.[label.environment]);
      return distinct(ids.filter((id): id is EnvironmentId => isId('env', id)));
    },
    async removeService(service) {
      const labels = { ...ours, [label.service]: service };
      const standing = await objects.list<ObjectFacts>('Service', null, selector(labels));
      const deployments = await objects.list<ObjectFacts>('Deployment', null, selector(labels));
      const environmentIds = [...standing, ...deployments].map(({ metadata }) => metadata.labels?.[label.environment]);
      for (const environment of distinct(environmentIds)) {
        if (!isId('env', environment)) continue;
        await removeReplicas(parts, environment, { service });
        await removeAll(serviceKinds, namespaceName(environment), labels);
      }
    },
    async removeEnvironment(environment, withVolumes) {
      const namespace = namespaceName(environment);
      environments.forget(environment);
      if ((await objects.get<ObjectFacts>('Namespace', null, namespace)) === null) return;
      await removeReplicas(parts, environment, {});
      await removeAll(serviceKinds, namespace, ours);
      const claims = withVolumes
        ? []
        : await objects.list<ObjectFacts>('PersistentVolumeClaim', namespace, selector(ours));
      // Volumes live in the namespace: it stays for them alone.
      if (claims.length === 0) await removeNamespace(namespace);
    },
  };
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
