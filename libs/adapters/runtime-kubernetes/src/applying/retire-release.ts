import type { EnvironmentId, ReleaseId, ServiceId } from '@sconce/core';
import { homeLabel, isForbidden, type ObjectFacts, type PodFacts, selector } from '@sconce/kubernetes-api';
import { label, namespaceName } from '../names.ts';
import { findLostPods } from '../observing/lost-pods.ts';
import type { KubernetesParts } from './kubernetes-parts.ts';

const lookEveryMs = 100;

/** Removes the Deployments with these labels and what belongs to them; done when their pods, as they stand now, are gone, or lost with their node. */
export async function removeReplicas(
  parts: KubernetesParts,
  environment: EnvironmentId,
  labels: { readonly service?: ServiceId; readonly release?: ReleaseId },
): Promise<void> {
  const { objects, clock, options } = parts;
  const namespace = namespaceName(environment);
  const selected = selector({
    [label.home]: homeLabel(options.home),
    ...(labels.service === undefined ? {} : { [label.service]: labels.service }),
    ...(labels.release === undefined ? {} : { [label.release]: labels.release }),
  });
  // Where there is no namespace there is nothing, and nobody has a right to look.
  if ((await objects.get<ObjectFacts>('Namespace', null, namespace)) === null) return;
  const pods = () => objects.list<PodFacts>('Pod', namespace, selected);
  const deployments = await objects.list<ObjectFacts>('Deployment', namespace, selected);
  const leaving = new Set((await pods()).map(({ metadata }) => metadata.uid));
  for (const { metadata } of deployments) await objects.remove('Deployment', namespace, metadata.name, metadata.uid);
  const secrets = await orNoneIfLeaving(objects.list<ObjectFacts>('Secret', namespace, selected));
  for (const { metadata } of secrets) await objects.remove('Secret', namespace, metadata.name, metadata.uid);
  for (;;) {
    const left = (await pods()).filter(({ metadata }) => leaving.has(metadata.uid));
    if (left.length === 0) return;
    for (const { metadata } of await findLostPods(parts, left))
      await objects.forget('Pod', namespace, metadata.name, metadata.uid);
    await clock.sleep(lookEveryMs);
  }
}

/** In a namespace that is being removed, rights go before what they are for. */
export async function orNoneIfLeaving<T>(work: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await work;
  } catch (error) {
    if (isForbidden(error)) return [];
    throw error;
  }
}
