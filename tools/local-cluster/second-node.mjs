import { step } from '../bootstrap/terminal/step.mjs';
import { callApi } from './api/call-api.mjs';
import { endPodsOf, removeFolders } from './node/leftovers.mjs';
import { makeNamespaces, namespacesAreThere, removeNamespaces } from './node/namespaces.mjs';
import { connectSecondNode } from './node/second-link.mjs';
import { secondNodeParts } from './parts/all-parts.mjs';
import { startContainerd, startKubelet, startProxy, waitForNode } from './parts/node.mjs';
import { isRunning, stopPart } from './parts/part.mjs';
import { startNodeRegistry } from './parts/registry.mjs';
import { ensureNodeCertificates } from './settings/certificates.mjs';
import { kubeconfigPath } from './settings/folders.mjs';
import { secondNode } from './settings/local-nodes.mjs';

export const secondNodeIsThere = () => secondNodeParts.some(isRunning);

/** A second real node, with containers, addresses and mounts of its own. Only NetworkPolicies are kept by the first one alone. */
export async function ensureSecondNode(kubernetes, record, withNftables) {
  const node = secondNode(record);
  await step('second node', async () => {
    await ensureNodeCertificates(node);
    if (!namespacesAreThere(node.place)) await endSecondNode(record);
    await makeNamespaces(record, node.place);
    await connectSecondNode(record);
    await startNodeRegistry(record, node);
    await startContainerd(record, node);
    await startKubelet(kubernetes, record, node);
    await startProxy(kubernetes, record, withNftables, node);
    await waitForNode(node);
    return `${node.name} at ${node.address}`;
  });
}

/** It is gone, for the cluster as well: its pods are made anew on the first one. */
export async function removeSecondNode(record) {
  await step('second node', async () => {
    await endSecondNode(record);
    await removeFolders([secondNode(record).place.folder]);
    await callApi(kubeconfigPath, 'DELETE', `/api/v1/nodes/${secondNode(record).name}`);
    return 'removed';
  });
}

/** All of its processes and what holds its network and mounts; its files stay. */
export async function endSecondNode(record) {
  const { place, cgroup } = secondNode(record);
  for (const part of [...secondNodeParts].reverse()) await stopPart(part);
  await endPodsOf(cgroup, place);
  await removeNamespaces(place);
}
