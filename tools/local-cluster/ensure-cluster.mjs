import { existsSync } from 'node:fs';
import { isRoot } from '../bootstrap/machine/privilege.mjs';
import { Problem } from '../bootstrap/terminal/problem.mjs';
import { step } from '../bootstrap/terminal/step.mjs';
import { waitFor } from './api/call-api.mjs';
import { connectNode } from './node/host-link.mjs';
import { makeNamespaces } from './node/namespaces.mjs';
import { isReady, startControlPlane } from './parts/control-plane.mjs';
import { startContainerd, startKubelet, startProxy, waitForNode } from './parts/node.mjs';
import { registryAddress, startRegistry } from './parts/registry.mjs';
import { ensureDebianPrograms } from './programs/debian-programs.mjs';
import { ensureGoProgram } from './programs/go-program.mjs';
import { ensureCertificates } from './settings/certificates.mjs';
import { addressesOf, ensureRecord } from './settings/cluster-record.mjs';
import { kubeconfigPath } from './settings/folders.mjs';

const kubernetesVersion = 'v1.34.4';
const versionFlag = `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`;

/** Starts what does not run. @returns {Promise<import('./settings/cluster-record.mjs').ClusterRecord>} */
export async function ensureCluster() {
  mustBeAbleToRun();
  let kubernetes = '';
  await step('programs', async (progress) => {
    await ensureDebianPrograms(progress);
    kubernetes = await ensureGoProgram('kubernetes', { linkerFlags: versionFlag, minutes: '4 to 12 minutes' }, progress);
    return `Kubernetes ${kubernetesVersion}`;
  });
  const record = await ensureRecord();
  await step('control plane', async () => {
    await ensureCertificates(record, addressesOf(record));
    await makeNamespaces();
    await connectNode(record);
    await startControlPlane(kubernetes, record);
    return `kubeconfig in ${kubeconfigPath}`;
  });
  await step('registry', async () => {
    await startRegistry(record);
    return registryAddress(record);
  });
  await step('node', async () => {
    await startContainerd(record);
    await startKubelet(kubernetes, record);
    await startProxy(kubernetes, record);
    await waitForNode(record);
    return `${record.nodeName} at ${addressesOf(record).nodeAddress}`;
  });
  return record;
}

function mustBeAbleToRun() {
  const instead = 'Or use a cluster that is there: KUBECONFIG=/path/to/kubeconfig.';
  if (process.platform !== 'linux') throw new Problem('A local cluster needs Linux.', instead);
  if (!existsSync('/sys/fs/cgroup')) throw new Problem('A local cluster needs cgroups, and none are mounted here.', instead);
  if (!isRoot)
    throw new Problem('A local cluster needs root: it makes network interfaces, mounts and cgroups.', [
      'Start it with sudo: sudo -E node tools/local-cluster/local-cluster.mjs start',
      instead,
    ]);
}

export async function clusterAnswers() {
  if (!existsSync(kubeconfigPath)) return false;
  const { value } = await waitFor(() => isReady(kubeconfigPath), { withinMs: 1 });
  return value === true;
}
