import { chownSync, existsSync, statSync } from 'node:fs';
import { home, inHome, makeFolder, root } from '../../bootstrap/machine/home.mjs';

/** Everything of the local cluster that is a file. Processes and their output are where those of `up` are: `run` and `logs`. */
export const inCluster = (...parts) => inHome('cluster', ...parts);

export const kubeconfigPath = inCluster('kubeconfig');
/** What is gone when the cluster was stopped: what it was told (etcd) and what its node held (containers, pulled images, volumes). */
export const stateFolders = ['etcd', 'node', 'node-2'].map((name) => inCluster(name));

/** Folders that are shared with `npm run up` belong to whoever the clone does, though root makes them first. */
export function makeSharedFolders() {
  const { uid, gid } = statSync(root);
  const folders = [{ path: home }, { path: inHome('run'), mode: 0o700 }, { path: inHome('logs') }];
  for (const { path, mode = 0o755 } of folders) {
    if (existsSync(path)) continue;
    makeFolder(path, mode);
    chownSync(path, uid, gid);
  }
}
