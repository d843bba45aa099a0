import type { KubeConfig } from '@kubernetes/client-node';
import { createKubernetesApi, createObjects, privateNetworks } from '@sconce/kubernetes-api';
import type { Clock, Execution, Housekeeping, PlacementCheck, Runtime, UsageMeter } from '@sconce/ports';
import { applyReplicas } from './applying/apply-replicas.ts';
import { createEnvironments } from './applying/ensure-environment.ts';
import type { KubernetesParts } from './applying/kubernetes-parts.ts';
import { removeReplicas } from './applying/retire-release.ts';
import { execInPod } from './exec/exec-in-pod.ts';
import { createHousekeeping } from './housekeeping.ts';
import { followLogs } from './logs/follow-logs.ts';
import type { Account } from './manifests/make-access.ts';
import type { PodSecurity } from './manifests/make-environment.ts';
import { createKnownNodes } from './nodes/known-nodes.ts';
import { observeReplicas } from './observing/observe-replicas.ts';
import { watchPods } from './observing/watch-pods.ts';
import { checkPlacement, readCapacity, readUsage } from './pools/read-cluster.ts';

export interface KubernetesRuntimeOptions {
  readonly kubeConfig: KubeConfig;
  /** The cluster as people call it. */
  readonly cluster: string;
  /** The installation: what others made on the cluster is never touched. */
  readonly home: string;
  readonly clock: Clock;
  /** Usually `restricted`. */
  readonly podSecurity?: PodSecurity;
  /** Where gateways reach replicas from, in CIDR notation. */
  readonly gatewayCidrs?: readonly string[];
  /** The namespace that gateways run in, where they run in pods of this cluster. */
  readonly gatewayNamespace?: string | null;
  /** The service account of `makeAccess` that the kubeconfig is for; left out for one that may do all that is asked of it. */
  readonly account?: Account;
}

export interface KubernetesRuntime extends Runtime, PlacementCheck, Housekeeping, UsageMeter, Execution {
  stop(): Promise<void>;
}

/** Runs replicas as pods of one Kubernetes (1.30 or later), one Deployment for each release. */
export function createKubernetesRuntime(options: KubernetesRuntimeOptions): KubernetesRuntime {
  const { clock, home, cluster, podSecurity = 'restricted', account = null } = options;
  const { gatewayCidrs = [], gatewayNamespace = null } = options;
  const api = createKubernetesApi(options.kubeConfig, clock);
  const objects = createObjects(api);
  const nodes = createKnownNodes({ api, objects, clock, home });
  const parts: KubernetesParts = {
    api,
    objects,
    nodes,
    clock,
    cluster,
    options: { home, podSecurity, gatewayCidrs, gatewayNamespace, egressExcept: privateNetworks, account },
  };
  const environments = createEnvironments(parts);
  return {
    apply: (target) => applyReplicas(parts, environments, target),
    observe: (service) => observeReplicas(parts, service),
    retire: ({ service, release }) => removeReplicas(parts, service.environment, { service: service.service, release }),
    async watch(onChange, signal) {
      await Promise.all([watchPods(parts, onChange, signal), nodes.watch(onChange, signal)]);
    },
    logs: (replica, from, signal) => followLogs(parts, replica, from, signal),
    exec: (request) => execInPod(parts, request),
    capacity: () => readCapacity(parts),
    check: (request) => checkPlacement(parts, request),
    usage: () => readUsage(parts),
    ...createHousekeeping(parts, environments),
    stop: () => api.close(),
  };
}
