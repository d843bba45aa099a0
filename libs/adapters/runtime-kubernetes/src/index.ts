export { inCluster, readKubeConfig } from './api/connect.ts';
export {
  createKubernetesRuntime,
  type KubernetesRuntime,
  type KubernetesRuntimeOptions,
} from './create-kubernetes-runtime.ts';
export { type AccessOptions, type Account, accountOf, makeAccess } from './manifests/make-access.ts';
