export {
  createKubernetesRuntime,
  type KubernetesRuntime,
  type KubernetesRuntimeOptions,
} from './create-kubernetes-runtime.ts';
export {
  type AccessOptions,
  type Account,
  accountOf,
  makeAccess,
  makeTokenSecret,
  tokenSecretName,
} from './manifests/make-access.ts';
