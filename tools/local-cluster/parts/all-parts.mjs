/** In the order in which they start; they are stopped the other way round. */
export const controlPlaneParts = ['etcd', 'api-server', 'controller-manager', 'scheduler'];
export const nodeParts = ['containerd', 'kubelet', 'proxy', 'name-server', 'network-policies', 'simulated-nodes'];
export const registryParts = ['registry', 'node-registry'];
export const allParts = [...registryParts, ...controlPlaneParts, ...nodeParts];
/** Of the second node, where there is one. */
export const secondNodeParts = ['node-registry-2', 'containerd-2', 'kubelet-2', 'proxy-2'];
