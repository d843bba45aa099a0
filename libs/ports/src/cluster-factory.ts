import type { ClusterAccess, RegistryCredentials } from '@sconce/core';
import type { Runtime } from './runtime.ts';

/** A cluster as it was added, with its credentials opened. Never logged. */
export interface ClusterToOpen {
  readonly name: string;
  readonly access: ClusterAccess;
  /** Where its nodes pull images from. */
  readonly registry: string;
  readonly registryCredentials: RegistryCredentials | null;
  readonly podSecurity: 'restricted' | 'baseline';
  readonly gatewayCidrs: readonly string[];
  readonly account: { readonly namespace: string; readonly name: string } | null;
}

export interface OpenCluster {
  readonly runtime: Runtime;
  /** Ends its connections; replicas go on. */
  stop(): Promise<void>;
}

/** Makes the runtime of a cluster. Asks the cluster nothing yet: one that is away opens too, and its calls throw `RuntimeUnavailable`. */
export type ClusterFactory = (cluster: ClusterToOpen) => OpenCluster;
