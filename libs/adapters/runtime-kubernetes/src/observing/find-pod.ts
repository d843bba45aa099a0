import { homeLabel, type PodFacts, selector } from '@sconce/kubernetes-api';
import type { ReplicaRef } from '@sconce/ports';
import type { KubernetesParts } from '../applying/kubernetes-parts.ts';
import { label } from '../names.ts';

/** The pod of a replica; null when it is gone, or is not of that service. */
export async function findPod(
  { objects, options }: KubernetesParts,
  { service, id }: ReplicaRef,
): Promise<PodFacts | null> {
  const labels = selector({ [label.home]: homeLabel(options.home), [label.service]: service });
  const pods = await objects.list<PodFacts>('Pod', null, labels);
  return pods.find(({ metadata }) => metadata.uid === id) ?? null;
}
