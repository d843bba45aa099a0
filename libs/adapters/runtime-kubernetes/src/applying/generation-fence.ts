import { isConflict, type ObjectFacts, selector } from '@sconce/kubernetes-api';
import type { ReplicaTarget } from '@sconce/ports';
import { makeService, serviceLabels } from '../manifests/make-service.ts';
import { annotation, namespaceName } from '../names.ts';
import type { KubernetesParts } from './kubernetes-parts.ts';

const mostTries = 20;

/**
 * Raises the highest generation that was seen of the service, which its Service keeps, by compare-and-set; false when a higher one
 * was seen already. Whoever reads what it is about to change before this, and writes it on that reading, cannot undo what a newer one did.
 */
export async function passFence(parts: KubernetesParts, target: ReplicaTarget): Promise<boolean> {
  const { objects, options } = parts;
  const { service } = target;
  const namespace = namespaceName(service.environment);
  for (let tries = 1; ; tries += 1) {
    const standing = await objects.list<ObjectFacts>(
      'Service',
      namespace,
      selector(serviceLabels(target, options.home)),
    );
    if (standing.some(({ metadata }) => generationOf(metadata.annotations) > target.generation)) return false;
    const same = standing.find(({ metadata }) => metadata.name === service.serviceSlug);
    try {
      const manifest = makeService(target, options.home, same?.metadata.resourceVersion ?? null);
      // An apply makes what is not there, whoever else did meanwhile; a creation does not.
      await (same === undefined ? objects.create(manifest) : objects.apply(manifest));
    } catch (error) {
      if (!isConflict(error) || tries >= mostTries) throw error;
      continue;
    }
    // Under the name it had before it was renamed.
    for (const { metadata } of standing)
      if (metadata.name !== service.serviceSlug)
        await objects.remove('Service', namespace, metadata.name, metadata.uid);
    return true;
  }
}

export function generationOf(annotations: Readonly<Record<string, string>> | undefined): number {
  const generation = Number(annotations?.[annotation.generation] ?? 0);
  return Number.isSafeInteger(generation) ? generation : 0;
}
