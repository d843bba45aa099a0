import { homeLabel, type Manifest } from '@sconce/kubernetes-api';
import type { ReplicaTarget } from '@sconce/ports';
import { annotation, label, namespaceName } from '../names.ts';

export function serviceLabels(target: Pick<ReplicaTarget, 'service'>, home: string): Readonly<Record<string, string>> {
  return {
    [label.home]: homeLabel(home),
    [label.environment]: target.service.environment,
    [label.service]: target.service.service,
  };
}

/**
 * What other services of the environment call it: its slug, and its port. It also keeps the highest generation that was seen of the service, so it stays
 * for as long as the service does.
 */
export function makeService(target: ReplicaTarget, home: string, resourceVersion: string | null): Manifest {
  const { service, generation, port } = target;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: service.serviceSlug,
      namespace: namespaceName(service.environment),
      labels: serviceLabels(target, home),
      annotations: { [annotation.generation]: String(generation) },
      ...(resourceVersion === null ? {} : { resourceVersion }),
    },
    spec: {
      type: 'ClusterIP',
      selector: { [label.home]: homeLabel(home), [label.service]: service.service },
      ports: [{ name: 'http', protocol: 'TCP', port, targetPort: port }],
    },
  };
}

/**
 * Whoever drains a node waits for each replica on it: the scheduler starts another one elsewhere first, and then ends this one itself. One that may be evicted without
 * that carries a label. A budget of one at a time would give away the only replica of a service at once.
 */
export function makeDisruptionBudget(target: ReplicaTarget, home: string): Manifest {
  const { service } = target;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name: service.serviceSlug,
      namespace: namespaceName(service.environment),
      labels: serviceLabels(target, home),
      annotations: { 'kubernetes.io/description': whatItIs },
    },
    spec: {
      maxUnavailable: 0,
      // One that does not work keeps nobody's node.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: {
        matchLabels: { [label.home]: homeLabel(home), [label.service]: service.service },
        matchExpressions: [{ key: label.evictable, operator: 'DoesNotExist' }],
      },
    },
  };
}

/** For whoever finds that a drain waits for it. */
const whatItIs =
  'Sconce starts another replica on another node before it ends one on a node that is drained. Where its scheduler does not run: kubectl drain --disable-eviction.';
