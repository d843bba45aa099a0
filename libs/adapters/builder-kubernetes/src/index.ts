export { createKubernetesBuilder, type KubernetesBuilderOptions } from './create-kubernetes-builder.ts';
export { type BuildAccessOptions, makeBuildAccess } from './make-build-access.ts';
