import type { NodeFacts, PodFacts } from '@sconce/kubernetes-api';
import type { KubernetesParts } from '../applying/kubernetes-parts.ts';

/** A kubelet that works has ended a pod by the time it was given, or a little after. */
const graceMs = 10_000;

/** Overdue: its time to end has passed, and nobody has said that it ended. `deletionTimestamp` holds the time until then. */
export function isOverdue({ metadata: { deletionTimestamp } }: PodFacts, now: number): boolean {
  return deletionTimestamp !== undefined && now - Date.parse(deletionTimestamp) > graceMs;
}

/** A node that does not answer, by Kubernetes' own word. One that says itself that it is not ready does: it may still end what it has. */
export function isLost({ status }: NodeFacts): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status;
  return ready === undefined || ready === 'Unknown';
}

/**
 * Which of these pods are lost with their node: they should have ended, and the only one that could say so does not answer, or is there no more. Kubernetes
 * keeps them until the node is back. A node that comes back ends what is not in the API any more.
 */
export async function findLostPods(
  { objects, clock }: KubernetesParts,
  pods: readonly PodFacts[],
): Promise<readonly PodFacts[]> {
  const overdue = pods.filter((pod) => isOverdue(pod, clock.now()));
  if (overdue.length === 0) return [];
  const nodes = await objects.list<NodeFacts>('Node', null, '');
  const answering = new Set(nodes.filter((node) => !isLost(node)).map(({ metadata }) => metadata.name));
  return overdue.filter(({ spec }) => !answering.has(spec.nodeName ?? ''));
}
