import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, run } from '../../bootstrap/machine/command.mjs';
import { makeFolder, writeFile, writeJson } from '../../bootstrap/machine/home.mjs';
import { callApi } from '../api/call-api.mjs';
import { decideSnapshotter, makeContainerdConfig } from '../configuration/make-containerd-config.mjs';
import { makeKubeletConfig } from '../configuration/make-kubelet-config.mjs';
import { makeNetworkConfig } from '../configuration/make-network-config.mjs';
import { makeCgroups } from '../node/cgroups.mjs';
import { inNode } from '../node/namespaces.mjs';
import { ensurePauseImage, pauseImage } from '../node/pause-image.mjs';
import { findNetworkPlugins } from '../programs/debian-programs.mjs';
import { certificatePath, keyPath, writeKubeconfig } from '../settings/certificates.mjs';
import { addressesOf } from '../settings/cluster-record.mjs';
import { kubeconfigPath } from '../settings/folders.mjs';
import { firstNode } from '../settings/local-nodes.mjs';
import { apiServer } from './control-plane.mjs';
import { ensurePart, waitForPart } from './part.mjs';

const leasesFolder = '/var/lib/cni/leases';

/**
 * containerd, to run what the kubelet wants run.
 * @param {import('../settings/cluster-record.mjs').ClusterRecord} record
 * @param {import('../settings/local-nodes.mjs').LocalNode} node
 */
export async function startContainerd(record, { suffix, place, podRange } = firstNode(record)) {
  const folder = makeFolder(join(place.folder, 'settings'));
  const networkFolder = makeFolder(`${folder}/network`);
  const registryFolder = makeFolder(`${folder}/registries`);
  writeJson(`${networkFolder}/pods.conflist`, makeNetworkConfig({ podRange, leasesFolder }));
  // On loopback nobody has a certificate.
  const registry = `http://127.0.0.1:${record.registryPort}`;
  writeFile(
    `${registryFolder}/127.0.0.1:${record.registryPort}/hosts.toml`,
    `server = "${registry}"\n\n[host."${registry}"]\n  capabilities = ["pull", "resolve"]\n`,
  );
  const settings = makeContainerdConfig({
    sandboxImage: pauseImage,
    pluginFolder: findNetworkPlugins(),
    networkFolder,
    registryFolder,
    snapshotter: decideSnapshotter(statfsSync(folder).type),
  });
  const path = `${folder}/containerd.toml`;
  writeFile(path, settings);
  const part = `containerd${suffix}`;
  await ensurePart(part, { command: [findProgram('containerd'), '--config', path], settings, place });
  await waitForPart(part, 'containerd answers', () => containerdAnswers(place));
  await ensurePauseImage(place);
}

async function containerdAnswers(place) {
  const [program, ...rest] = inNode(['ctr', '-a', '/run/containerd/containerd.sock', 'version'], place);
  const { code, stderr } = await run(program, rest, { timeoutMs: 10_000 });
  if (code === 0) return true;
  throw new Error(stderr.trim());
}

/** The kubelet, which makes this machine a node. Comes back when it was started, not when it is ready. */
export async function startKubelet(kubernetes, record, node = firstNode(record)) {
  const { suffix, place, cgroup, address, name } = node;
  makeCgroups(cgroup);
  const { nameServerAddress } = addressesOf(record);
  const path = join(place.folder, 'settings', 'kubelet.json');
  const settings = makeKubeletConfig({
    cgroup,
    clusterDns: nameServerAddress,
    authority: certificatePath('authority'),
    certificate: certificatePath(`kubelet-server${suffix}`),
    key: keyPath(`kubelet-server${suffix}`),
    resolvConf: upstreamNameServers(),
    openFilesLimit: openFilesLimit(),
  });
  writeJson(path, settings);
  const kubeconfig = writeKubeconfig(`kubelet${suffix}`, apiServer(record));
  await ensurePart(`kubelet${suffix}`, {
    command: [
      ...[kubernetes, 'kubelet', `--config=${path}`, `--kubeconfig=${kubeconfig}`],
      ...[`--hostname-override=${name}`, `--node-ip=${address}`, '--cert-dir=/var/lib/kubelet/pki'],
    ],
    settings: JSON.stringify(settings),
    place,
  });
}

/** systemd's own list names a server on the machine's loopback, which the node does not see; behind it is the real one. */
export function upstreamNameServers() {
  const usual = '/etc/resolv.conf';
  const behind = '/run/systemd/resolve/resolv.conf';
  const onLoopback = existsSync(usual) && /^nameserver\s+127\./m.test(readFileSync(usual, 'utf8'));
  return onLoopback && existsSync(behind) ? behind : usual;
}

/** What this process may raise its limit to, and so its children. */
function openFilesLimit() {
  const match = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return match === null || match[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(match[1]);
}

/** Services get addresses, by rules in the node's own network. @param {boolean} withNftables else iptables */
export async function startProxy(
  kubernetes,
  record,
  withNftables,
  { suffix, place, podRange, name } = firstNode(record),
) {
  await ensurePart(`proxy${suffix}`, {
    place,
    command: [
      ...[kubernetes, 'kube-proxy', `--kubeconfig=${writeKubeconfig('proxy', apiServer(record))}`],
      ...[`--hostname-override=${name}`, `--cluster-cidr=${podRange}`],
      `--proxy-mode=${withNftables ? 'nftables' : 'iptables'}`,
      // How many connections the kernel follows can be set only for the whole machine.
      '--conntrack-max-per-core=0',
    ],
  });
}

/** Waits until pods can run: the node says so, and its own namespace has the account that pods have. */
export async function waitForNode({ name, suffix }) {
  await waitForPart(`kubelet${suffix}`, 'the node is ready', async () => {
    const { status, body } = await callApi(kubeconfigPath, 'GET', `/api/v1/nodes/${name}`);
    if (status !== 200) throw new Error(`the API server answered ${status}: ${body?.message ?? body}`);
    const ready = body.status?.conditions?.find((condition) => condition.type === 'Ready');
    if (ready?.status === 'True') return true;
    throw new Error(ready?.message ?? 'it has no condition yet');
  });
  await waitForPart('controller-manager', 'pods have an account', async () => {
    const { status } = await callApi(kubeconfigPath, 'GET', '/api/v1/namespaces/default/serviceaccounts/default');
    return status === 200 ? true : null;
  });
}
