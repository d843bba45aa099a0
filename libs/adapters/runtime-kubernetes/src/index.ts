export {
  createKubernetesRuntime,
  type KubernetesRuntime,
  type KubernetesRuntimeOptions,
} from './create-kubernetes-runtime.ts';
