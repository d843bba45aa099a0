import { type PodFacts } from '@sconce/kubernetes-api';
import type { KubernetesParts } from '../applying/kubernetes-parts.ts';

/** A kubelet that works has ended a pod by the time it was given, or a little after. */
const graceMs = 10_000;

/** Overdue: its time to end has passed, and nobody has said that it ended. `deletionTimestamp` holds the time until then. */
export function isOverdue({ metadata: { deletionTimestamp } }: PodFacts, now: number): boolean {
  return deletionTimestamp !== undefined && now - Date.parse(deletionTimestamp) > graceMs;
}

/**
 * Which of these pods are lost with their node: they should have ended, and the only one that could say so does not answer, or is there no more. Kubernetes
 * keeps them until the node is back. A node that comes back ends what is not in the API any more.
 */
export async function findLostPods(
  { nodes, clock }: KubernetesParts,
  pods: readonly PodFacts[],
): Promise<readonly PodFacts[]> {
  const overdue = pods.filter((pod) => isOverdue(pod, clock.now()));
  if (overdue.length === 0) return [];
  const all = await nodes.all();
  const answers = (name: string) => all.has(name) && all.get(name)?.cause !== 'lost';
  return overdue.filter(({ spec }) => !answers(spec.nodeName ?? ''));
}
