import { mustRun } from '../../bootstrap/machine/command.mjs';
import { writeFile } from '../../bootstrap/machine/home.mjs';
import { callApi } from '../api/call-api.mjs';
import { makeSimulatedNode, simulatedLabel } from '../configuration/make-simulated-node.mjs';
import { writeKubeconfig } from '../settings/certificates.mjs';
import { addressesOf } from '../settings/cluster-record.mjs';
import { inCluster, kubeconfigPath } from '../settings/folders.mjs';
import { apiServer } from './control-plane.mjs';
import { ensurePart, stopPart, waitForPart } from './part.mjs';

const selector = `${simulatedLabel.key}=${simulatedLabel.value}`;
/** Addresses that stand for nothing anywhere (RFC 2544). */
const podRange = '198.18.0.1/16';

/** kwok, which says of simulated nodes and of the pods on them that all is well. */
export async function startSimulation(kwok, record) {
  const { stdout } = await mustRun('Reading what becomes of simulated pods', kwok, ['stages']);
  const path = inCluster('node', 'settings', 'simulation.yaml');
  writeFile(path, stdout);
  const kubeconfig = writeKubeconfig('admin', apiServer(record));
  const where = [
    `--cidr=${podRange}`,
    `--node-ip=${addressesOf(record).nodeAddress}`,
    '--node-lease-duration-seconds=40',
  ];
  const command = [
    kwok,
    `--kubeconfig=${kubeconfig}`,
    `--config=${path}`,
    `--manage-nodes-with-label-selector=${selector}`,
    ...where,
  ];
  await ensurePart('simulated-nodes', { command, settings: stdout });
}

/** @returns {Promise<{ name: string, ready: boolean }[]>} */
export async function listSimulatedNodes() {
  const { status, body } = await callApi(
    kubeconfigPath,
    'GET',
    `/api/v1/nodes?labelSelector=${encodeURIComponent(selector)}`,
  );
  if (status !== 200) throw new Error(`Simulated nodes could not be listed: ${status} ${body?.message ?? body}`);
  const isReady = (node) =>
    node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  return body.items.map((node) => ({ name: node.metadata.name, ready: isReady(node) }));
}

/** Makes those that are missing and removes those that are too many, then waits until all are ready. */
export async function bringToCount(count) {
  const wanted = Array.from({ length: count }, (_, index) => makeSimulatedNode(index + 1));
  const there = new Set((await listSimulatedNodes()).map(({ name }) => name));
  for (const node of wanted) if (!there.has(node.metadata.name)) await mustCall('POST', '/api/v1/nodes', node);
  const names = new Set(wanted.map((node) => node.metadata.name));
  for (const name of there) if (!names.has(name)) await mustCall('DELETE', `/api/v1/nodes/${name}`);
  if (count === 0) await stopPart('simulated-nodes');
  else await waitForPart('simulated-nodes', `${count} simulated nodes are ready`, () => allReady(count));
}

async function allReady(count) {
  const ready = (await listSimulatedNodes()).filter((node) => node.ready).length;
  if (ready === count) return true;
  throw new Error(`${ready} are`);
}

async function mustCall(method, path, body) {
  const answer = await callApi(kubeconfigPath, method, path, { body });
  if (answer.status >= 300)
    throw new Error(`${method} ${path} was refused: ${answer.status} ${answer.body?.message ?? answer.body}`);
}
