// node tools/local-cluster/local-cluster.mjs start [--nodes 2] [--simulated-nodes N]   a real Kubernetes on this machine, with a node and an image registry
// node tools/local-cluster/local-cluster.mjs stop                          all of it is gone, but for programs and pushed images
// node tools/local-cluster/local-cluster.mjs status                        what stands where
// node tools/local-cluster/local-cluster.mjs build                         only its programs, and those that tests of it use
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withLock } from '../bootstrap/machine/lock.mjs';
import { isRoot } from '../bootstrap/machine/privilege.mjs';
import { runMain, say } from '../bootstrap/terminal/step.mjs';
import { buildPrograms, ensureCluster } from './ensure-cluster.mjs';
import { clusterIsGiven, givenCluster } from './given-cluster.mjs';
import { parseWords } from './parse-words.mjs';
import { registryAddress, registryForPods } from './parts/registry.mjs';
import { runAsRootInstead } from './run-as-root.mjs';
import { readRecord } from './settings/cluster-record.mjs';
import { kubeconfigPath, makeSharedFolders } from './settings/folders.mjs';
import { showStatus } from './show-status.mjs';
import { stopCluster } from './stop-cluster.mjs';

/** As long as building Kubernetes may take: whoever comes second waits for it, and then has it. */
const lock = { name: 'cluster-lock', who: 'start or stop of the local cluster', waitMs: 3_600_000 };

/**
 * A cluster that can be used: the one that KUBECONFIG names, else the one of this clone, started where it does not run.
 *
 * @param {{ simulatedNodes?: number, nodes?: number }} options `simulatedNodes`: of 8 GPUs each, how many there shall be; unchanged where it is not said.
 *   `nodes`: the same of real ones, 1 or 2
 * @returns {Promise<{ kubeconfig: string, registry: string, registryForPods: string, node: string | null, stop: () => Promise<void> }>}
 *   `registry`: `host:port`, where images are pushed and pulled by the same name; `registryForPods`: the same as pods reach it, `http://` before it where it has no TLS.
 *   `stop` leaves a cluster alone that was given.
 */
export async function ensureLocalCluster(options = {}) {
  if (clusterIsGiven()) return givenCluster();
  if (isRoot) await lockedAsRoot(() => ensureCluster(options));
  else
    await runAsRootInstead([
      'start',
      ...(options.nodes === undefined ? [] : ['--nodes', String(options.nodes)]),
      ...(options.simulatedNodes === undefined ? [] : ['--simulated-nodes', String(options.simulatedNodes)]),
    ]);
  const record = readRecord();
  return {
    kubeconfig: kubeconfigPath,
    registry: registryAddress(record),
    registryForPods: `http://${registryForPods(record)}`,
    node: record.nodeName,
    stop: stopLocalCluster,
  };
}

export async function stopLocalCluster() {
  if (isRoot) await lockedAsRoot(stopCluster);
  else await runAsRootInstead(['stop']);
}

async function lockedAsRoot(work) {
  makeSharedFolders();
  await withLock(work, lock);
}

async function main() {
  const { word, ...options } = parseWords(process.argv.slice(2));
  if (word === 'status') return isRoot ? showStatus() : runAsRootInstead(['status']);
  if (word === 'stop') return stopLocalCluster();
  if (word === 'build') return isRoot ? lockedAsRoot(buildPrograms) : runAsRootInstead(['build']);
  const { kubeconfig, registry } = await ensureLocalCluster(options);
  say();
  say(`export KUBECONFIG=${kubeconfig} SCONCE_CLUSTER_REGISTRY=${registry}`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await runMain(main);
