import { step } from '../bootstrap/terminal/step.mjs';
import { removeCgroups } from './node/cgroups.mjs';
import { disconnectNode } from './node/host-link.mjs';
import { endPods, removeState } from './node/leftovers.mjs';
import { releaseMountPoints } from './node/mount-points.mjs';
import { removeNamespaces } from './node/namespaces.mjs';
import { controlPlaneParts, nodeParts, registryParts } from './parts/all-parts.mjs';
import { stopPart } from './parts/part.mjs';
import { endSecondNode } from './second-node.mjs';
import { readRecord } from './settings/cluster-record.mjs';
import { cgroupOf } from './settings/local-nodes.mjs';

/** Stops everything of this clone's cluster. Programs, pushed images, certificates and addresses are kept for the next start. */
export async function stopCluster() {
  const record = readRecord();
  await step('local cluster', async () => {
    if (record === null) return 'was never started here';
    await endEverything(record);
    releaseMountPoints(record);
    await removeState();
    return 'stopped; nothing of it is left on this machine but its folder';
  });
}

/** All processes, interfaces, rules, mounts and cgroups; what the cluster was told stays in its files. */
export async function endEverything(record) {
  await endSecondNode(record);
  // First who would start pods again.
  for (const part of [...nodeParts].reverse()) await stopPart(part);
  await endPods(record);
  for (const part of [...controlPlaneParts].reverse()) await stopPart(part);
  for (const part of registryParts) await stopPart(part);
  await disconnectNode(record);
  await removeNamespaces();
  await removeCgroups(cgroupOf(record));
}
