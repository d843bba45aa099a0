import { type PodFacts, selector } from '@sconce/kubernetes-api';
import type { ReplicaTarget } from '@sconce/ports';
import { serviceLabels } from '../manifests/make-service.ts';
import { label, letGo, namespaceName } from '../names.ts';
import type { KubernetesParts } from './kubernetes-parts.ts';

/** From the oldest on; those of one second by name, so that everybody has the same order. */
export function inOrder(pods: readonly PodFacts[]): readonly PodFacts[] {
  const key = ({ metadata }: PodFacts) => `${metadata.creationTimestamp} ${metadata.name}`;
  return [...pods].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Pods of the release that nobody has ended yet. */
export async function standingPods(
  { objects, options }: KubernetesParts,
  target: ReplicaTarget,
): Promise<readonly PodFacts[]> {
  const labels = { ...serviceLabels(target, options.home), [label.release]: target.release };
  const pods = await objects.list<PodFacts>('Pod', namespaceName(target.service.environment), selector(labels));
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** How many of the pods that are to stay beside the others still stand. Those that may be evicted are marked so, and no others. */
export async function countBeside(parts: KubernetesParts, target: ReplicaTarget): Promise<number> {
  const { beside = [], evictable = [] } = target;
  const pods = await standingPods(parts, target);
  const marked = (pod: PodFacts) => pod.metadata.labels?.[label.evictable];
  const isNamed = ({ metadata }: PodFacts) => evictable.includes(metadata.uid);
  const held = pods.filter((pod) => isNamed(pod) && marked(pod) === undefined);
  const loose = pods.filter((pod) => !isNamed(pod) && marked(pod) === letGo);
  await changePods(parts, target, held, { labels: { [label.evictable]: letGo } });
  await changePods(parts, target, loose, { labels: { [label.evictable]: null } });
  return pods.filter(({ metadata }) => beside.includes(metadata.uid)).length;
}

/** Marks whom Kubernetes is to end when there are fewer: those that are named, then the youngest, with the least in its memory. It would take any of about the same age. */
export async function chooseWhoLeaves(parts: KubernetesParts, target: ReplicaTarget, wanted: number): Promise<void> {
  const ordered = inOrder(await standingPods(parts, target));
  const isNamed = ({ metadata }: PodFacts) => target.goes?.includes(metadata.uid) ?? false;
  const leaving = [...ordered.filter((pod) => !isNamed(pod)), ...ordered.filter(isNamed)].slice(wanted);
  await changePods(parts, target, leaving, { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-1000' } });
}

async function changePods(
  { objects }: KubernetesParts,
  target: ReplicaTarget,
  pods: readonly PodFacts[],
  metadata: object,
): Promise<void> {
  const namespace = namespaceName(target.service.environment);
  await Promise.all(pods.map((pod) => objects.merge('Pod', namespace, pod.metadata.name, { metadata })));
}
