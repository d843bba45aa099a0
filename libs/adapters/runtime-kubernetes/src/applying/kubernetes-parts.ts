import type { KubernetesApi, Objects } from '@sconce/kubernetes-api';
import type { Clock } from '@sconce/ports';
import type { EnvironmentOptions } from '../manifests/make-environment.ts';
import type { KnownNodes } from '../nodes/known-nodes.ts';

/** What the parts of the runtime work with. */
export interface KubernetesParts {
  readonly api: KubernetesApi;
  readonly objects: Objects;
  readonly nodes: KnownNodes;
  readonly clock: Clock;
  readonly options: EnvironmentOptions;
  /** The cluster as people call it. */
  readonly cluster: string;
}
