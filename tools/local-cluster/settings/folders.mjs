import { inHome } from '../../bootstrap/machine/home.mjs';

/** Everything of the local cluster that is a file. Processes and their output are where those of `up` are: `run` and `logs`. */
export const inCluster = (...parts) => inHome('cluster', ...parts);

export const kubeconfigPath = inCluster('kubeconfig');
/** What is gone when the cluster was stopped: what it was told (etcd) and what its node held (containers, pulled images, volumes). */
export const stateFolders = ['etcd', 'node'].map((name) => inCluster(name));
