import { existsSync } from 'node:fs';
import { Problem } from '../bootstrap/terminal/problem.mjs';
import { step } from '../bootstrap/terminal/step.mjs';
import { connectNode } from './node/host-link.mjs';
import { makeNamespaces, namespacesAreThere } from './node/namespaces.mjs';
import { nftablesWork } from './node/nftables.mjs';
import { apiServer, startControlPlane } from './parts/control-plane.mjs';
import { startNameServer } from './parts/name-server.mjs';
import { startNetworkPolicies } from './parts/network-policies.mjs';
import { startContainerd, startKubelet, startProxy, waitForNode } from './parts/node.mjs';
import { isRunning } from './parts/part.mjs';
import { registryAddress, startRegistry } from './parts/registry.mjs';
import { bringToCount, listSimulatedNodes, startSimulation } from './parts/simulated-nodes.mjs';
import { ensureBuildKit } from './programs/build-image.mjs';
import { ensureComposeReader } from './programs/compose.mjs';
import { ensureDebianPrograms } from './programs/debian-programs.mjs';
import { ensureGoProgram } from './programs/go-program.mjs';
import { ensureHelm } from './programs/helm.mjs';
import { ensureSecondNode, removeSecondNode, secondNodeIsThere } from './second-node.mjs';
import { ensureCertificates } from './settings/certificates.mjs';
import { addressesOf, ensureRecord, withFreeRegistryPort } from './settings/cluster-record.mjs';
import { firstNode } from './settings/local-nodes.mjs';
import { endEverything } from './stop-cluster.mjs';

const kubernetesVersion = 'v1.34.4';
const kubernetesBuild = {
  linkerFlags: `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
  minutes: '4 to 12 minutes',
};

/**
 * Starts what does not run, and only that.
 * @param {{ simulatedNodes?: number, nodes?: number }} options `simulatedNodes`: how many there shall be; as many as there are where it is not said. `nodes`: the
 *   same of real ones, 1 or 2
 * @returns {Promise<import('./settings/cluster-record.mjs').ClusterRecord>}
 */
export async function ensureCluster({ simulatedNodes, nodes } = {}) {
  mustHaveCgroups();
  const programs = await ensurePrograms();
  const known = await ensureRecord();
  const record = isRunning('registry') ? known : await withFreeRegistryPort(known);
  await step('Kubernetes', async () => {
    await ensureCertificates(record, addressesOf(record));
    // After a restart of the machine nothing of the node is left but its files, and what is started must not meet half of it.
    if (!namespacesAreThere()) await endEverything(record);
    await makeNamespaces(record);
    await connectNode(record);
    // containerd needs nobody, and the API server takes the longest of all.
    await Promise.all([startControlPlane(programs.kubernetes, record), startContainerd(record)]);
    return apiServer(record);
  });
  await step('registry', async () => {
    await startRegistry(record);
    return registryAddress(record);
  });
  await step('cluster node', async () => {
    const withNftables = await nftablesWork();
    await startKubelet(programs.kubernetes, record);
    await startProxy(programs.kubernetes, record, withNftables);
    await startNameServer(programs.coreDns, record);
    if (withNftables) await startNetworkPolicies(record);
    await waitForNode(firstNode(record));
    const without = withNftables ? '' : '; NetworkPolicies are not enforced: this kernel has no usable nftables';
    return `${record.nodeName} at ${addressesOf(record).nodeAddress}${without}`;
  });
  if ((nodes ?? (secondNodeIsThere() ? 2 : 1)) > 1)
    await ensureSecondNode(programs.kubernetes, record, await nftablesWork());
  else if (secondNodeIsThere()) await removeSecondNode(record);
  await ensureSimulatedNodes(record, simulatedNodes);
  return record;
}

/** What a cluster is made of, and what its tests run besides: minutes the first time, nothing later. */
export async function buildPrograms() {
  await ensurePrograms();
  await step('helm', (progress) => ensureHelm(progress));
  await step('compose reader', (progress) => ensureComposeReader(progress));
  await step('BuildKit', async (progress) => void (await ensureBuildKit(progress)));
}

async function ensurePrograms() {
  const programs = { kubernetes: '', coreDns: '' };
  await step('cluster parts', async (progress) => {
    await ensureDebianPrograms(progress);
    programs.kubernetes = await ensureGoProgram('kubernetes', kubernetesBuild, progress);
    programs.coreDns = await ensureGoProgram('core-dns', { minutes: '1 to 4 minutes' }, progress);
    return `Kubernetes ${kubernetesVersion}`;
  });
  return programs;
}

async function ensureSimulatedNodes(record, wanted) {
  const count = wanted ?? (await listSimulatedNodes()).length;
  if (wanted === undefined && count === 0) return;
  await step('simulated nodes', async (progress) => {
    if (count > 0)
      await startSimulation(await ensureGoProgram('kwok', { minutes: '1 to 4 minutes' }, progress), record);
    await bringToCount(count);
    return String(count);
  });
}

function mustHaveCgroups() {
  if (process.platform === 'linux' && existsSync('/sys/fs/cgroup')) return;
  throw new Problem('A local cluster needs Linux with cgroups, and there are none here.', [
    'Use a cluster that is there: KUBECONFIG=/path/to/kubeconfig.',
  ]);
}
