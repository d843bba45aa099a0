import { existsSync, readdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../bootstrap/machine/command.mjs';
import { birthOf } from '../../bootstrap/machine/processes.mjs';
import { stateFolders } from '../settings/folders.mjs';
import { cgroupOf } from '../settings/local-nodes.mjs';
import { processesInCgroups } from './cgroups.mjs';
import { mountedPaths, mountNamespaceId, mountNamespaceOf } from './namespaces.mjs';

/**
 * Ends what runs in pods, and what holds it (containerd's shims, which outlive containerd by design). Known by the cgroup of the
 * pods and by the node's mounts, so that nothing else can be meant.
 */
export const endPods = (record) => endPodsOf(cgroupOf(record));

/** Of one node alone. @param {string} cgroup that its pods are in @param {import('../settings/local-nodes.mjs').NodePlace} [place] */
export async function endPodsOf(cgroup, place) {
  const node = await mountNamespaceId(place);
  await endAll(() => processesInCgroups(cgroup));
  if (node !== null) await endAll(() => pidsInMountNamespace(node));
}

async function endAll(list) {
  const deadline = Date.now() + 15_000;
  for (let pids = alive(list()); pids.length > 0; pids = alive(list())) {
    if (Date.now() > deadline) throw new Error(`These processes of the node did not end: ${pids.join(' ')}`);
    for (const pid of pids) kill(pid);
    await sleep(30);
  }
}

const alive = (pids) => pids.filter((pid) => birthOf(pid) !== null);

const pidsInMountNamespace = (id) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && mountNamespaceOf(name) === id)
    .map(Number);

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Removes what the cluster was told and what its node held; never through a mount. */
export const removeState = () => removeFolders(stateFolders);

/** @param {string[]} folders with nothing of a node that runs */
export async function removeFolders(folders) {
  for (const folder of folders) {
    for (const path of mountedPaths()
      .filter((each) => each.startsWith(`${folder}/`))
      .reverse())
      await run('umount', [path]);
    const mounted = mountedPaths().filter((each) => each.startsWith(`${folder}/`));
    if (mounted.length > 0) throw new Error(`Still mounted, so ${folder} was not removed: ${mounted.join(' ')}`);
    if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
  }
}
