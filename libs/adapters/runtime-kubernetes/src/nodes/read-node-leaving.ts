import type { LeavingCause } from '@sconce/core';
import { type NodeFacts } from '@sconce/kubernetes-api';

/** That a node is to go: why, and when at the latest, where that is known. */
export interface NodeGoing {
  readonly cause: LeavingCause;
  readonly until: string | null;
}

interface Notice {
  /** Of the taint. One that ends with a slash stands for all that begin so. */
  readonly key: string;
  readonly cause: LeavingCause;
  /** How long before the node goes the taint is put there; null where that is not said. */
  readonly noticeMs: number | null;
}

/**
 * What clouds, autoscalers and their handlers put on a node that is about to go. Sources: Karpenter's "Disruption", cluster-autoscaler's FAQ, GKE's "Spot VMs", the
 * AWS node termination handler's README, AKS' "Node auto-drain", Kubernetes' "Well-Known Labels, Annotations and Taints".
 */
const notices: readonly Notice[] = [
  { key: 'node.kubernetes.io/out-of-service', cause: 'lost', noticeMs: null },
  { key: 'node.cloudprovider.kubernetes.io/shutdown', cause: 'lost', noticeMs: null },
  { key: 'cloud.google.com/impending-node-termination', cause: 'reclaimed', noticeMs: 30_000 },
  { key: 'aws-node-termination-handler/spot-itn', cause: 'reclaimed', noticeMs: 120_000 },
  { key: 'aws-node-termination-handler/', cause: 'reclaimed', noticeMs: null },
  { key: 'remediator.kubernetes.azure.com/unschedulable', cause: 'reclaimed', noticeMs: null },
  { key: 'karpenter.sh/disrupted', cause: 'scaled_down', noticeMs: null },
  { key: 'karpenter.sh/disruption', cause: 'scaled_down', noticeMs: null },
  { key: 'ToBeDeletedByClusterAutoscaler', cause: 'scaled_down', noticeMs: null },
];

/** Null for a node that stays, as far as anybody said. */
export function readNodeLeaving(node: NodeFacts): NodeGoing | null {
  if (isLost(node)) return { cause: 'lost', until: null };
  const taints = node.spec.taints ?? [];
  for (const { key, cause, noticeMs } of notices) {
    const taint = taints.find((one) => (key.endsWith('/') ? one.key.startsWith(key) : one.key === key));
    if (taint === undefined) continue;
    const since = Date.parse(taint.timeAdded ?? '');
    return { cause, until: noticeMs === null || Number.isNaN(since) ? null : new Date(since + noticeMs).toISOString() };
  }
  if (node.spec.unschedulable === true || isShuttingDown(node)) return { cause: 'drained', until: null };
  return null;
}

/** A node that does not answer, by Kubernetes' own word. One that says itself that it is not ready does: it may still end what it has. */
export function isLost({ status }: NodeFacts): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status;
  return ready === undefined || ready === 'Unknown';
}

/** Its machine is being turned off, and the kubelet ends the pods first. */
function isShuttingDown({ status }: NodeFacts): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'False' && /node is shutting down/i.test(ready.message ?? '');
}
