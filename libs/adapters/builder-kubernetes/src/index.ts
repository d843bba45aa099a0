export { createKubernetesBuilder, type KubernetesBuilderOptions } from './create-kubernetes-builder.ts';
