import { homeLabel, type PodFacts, selector } from '@sconce/kubernetes-api';
import type { ObservedReplica, ServiceRef } from '@sconce/ports';
import type { KubernetesParts } from '../applying/kubernetes-parts.ts';
import { inOrder } from '../applying/who-leaves.ts';
import { label, letGo, namespaceName } from '../names.ts';
import { findLostPods } from './lost-pods.ts';
import { readNodeNews } from './node-coming.ts';
import { toObservedReplica } from './to-observed-replica.ts';

/** As `Runtime.observe` says. */
export async function observeReplicas(
  parts: KubernetesParts,
  { service, environment }: ServiceRef,
): Promise<readonly ObservedReplica[]> {
  const { objects, nodes, clock, options } = parts;
  const labels = selector({ [label.home]: homeLabel(options.home), [label.service]: service });
  const [pods, known] = await Promise.all([
    objects.list<PodFacts>('Pod', namespaceName(environment), labels),
    nodes.all(),
  ]);
  const [lost, news] = await Promise.all([findLostPods(parts, pods), readNodeNews(parts, pods)]);
  const isLost = new Set(lost);
  return inOrder(pods).flatMap((pod) => {
    const replica = toObservedReplica(pod, options.home, clock.now(), news.get(pod.metadata.uid) ?? null);
    if (replica === null) return [];
    if (isLost.has(pod)) return [{ ...replica, ...lostWith(replica.node) }];
    const going = known.get(replica.node) ?? null;
    const mark = pod.metadata.labels?.[label.evictable];
    if (going !== null) return [{ ...replica, leaving: { ...going, isHeld: mark === undefined } }];
    return [mark === letGo ? { ...replica, isLoose: true } : replica];
  });
}

function lostWith(node: string): Pick<ObservedReplica, 'health' | 'reason' | 'message' | 'address'> {
  const message = `It was lost with its node ${node}, which does not answer. It goes from this list when the node is back, or is removed.`;
  return { health: 'stopping', reason: 'node_lost', message, address: null };
}
