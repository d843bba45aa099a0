import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, mustRun, run } from '../../bootstrap/machine/command.mjs';
import { makeFolder } from '../../bootstrap/machine/home.mjs';
import { firstPlace } from '../settings/local-nodes.mjs';
import { claimMountPoints, mountPoints } from './mount-points.mjs';

/** @typedef {import('../settings/local-nodes.mjs').NodePlace} NodePlace */

/**
 * A node has a network and mounts of its own, so that several clusters stand side by side, nothing of it is seen in the
 * machine's, and all of it is gone with the namespaces. They are held by files, not by a process: parts may come and go.
 */
export const networkFileOf = ({ holder }) => `${holder}/network`;
const mountsFileOf = ({ holder }) => `${holder}/mounts`;
const namespaceFileSystem = 0x6e736673;

/**
 * What the kubelet demands of the kernel, and would set for the whole machine. In the node it reads that all is well already.
 * Source: setupKernelTunables in kubernetes/pkg/kubelet/cm/container_manager_linux.go
 */
const kernelSettings = {
  'vm/overcommit_memory': 1,
  'vm/panic_on_oom': 0,
  'kernel/panic': 10,
  'kernel/panic_on_oops': 1,
  'kernel/keys/root_maxkeys': 1_000_000,
  'kernel/keys/root_maxbytes': 25_000_000,
};

const enter = () => findProgram('nsenter') ?? 'nsenter';

/** @param {string[]} command @param {NodePlace} place @returns {string[]} the same, run in the node */
export const inNode = (command, place = firstPlace) => [
  enter(),
  ...[`--net=${networkFileOf(place)}`, `--mount=${mountsFileOf(place)}`, '--', ...command],
];

/** The same in its network only: files are the machine's. */
export const inNetwork = (command, place = firstPlace) => [enter(), `--net=${networkFileOf(place)}`, '--', ...command];

export const networkNamespace = networkFileOf(firstPlace);

export const namespacesAreThere = (place = firstPlace) =>
  [networkFileOf(place), mountsFileOf(place)].every(isNamespace);

const isNamespace = (path) => existsSync(path) && statfsSync(path).type === namespaceFileSystem;

/** @param {import('../settings/cluster-record.mjs').ClusterRecord} record @param {NodePlace} place */
export async function makeNamespaces(record, place = firstPlace) {
  claimMountPoints(record);
  if (namespacesAreThere(place)) return;
  await removeNamespaces(place);
  const { holder } = place;
  const [networkFile, mountsFile] = [networkFileOf(place), mountsFileOf(place)];
  makeFolder(holder, 0o700);
  // A mount namespace can be held only where mounts are not passed on into itself.
  await mustRun('Holding the namespaces of the node', 'mount', ['--bind', holder, holder]);
  await mustRun('Holding the namespaces of the node', 'mount', ['--make-private', holder]);
  for (const file of [networkFile, mountsFile]) writeFileSync(file, '');
  const binds = bindMounts(place);
  await mustRun('Making the namespaces of the node', 'unshare', [
    ...[`--net=${networkFile}`, `--mount=${mountsFile}`, '--propagation', 'slave'],
    ...['/bin/sh', '-c', insideScript, 'sh', ...binds.flat(), '--', ...heldNamespaces()],
  ]);
}

/**
 * The mounts of the machine come in, those of the node do not go out; within the node, containers get them from the kubelet.
 * What holds namespaces of others is left out: they would live as long as this one.
 */
const insideScript = `set -e
mount --make-rshared /
ip link set lo up
while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done
shift
for held; do umount "$held" 2>/dev/null || true; done`;

/** @returns {string[][]} pairs: what is seen where */
function bindMounts({ folder }) {
  // What was true of a node that is gone: running containers, addresses given out.
  for (const name of ['run-containerd', 'var-lib-cni']) rmSync(join(folder, name), { recursive: true, force: true });
  const folders = mountPoints.map((path) => {
    const own = join(folder, path.slice(1).replaceAll('/', '-'));
    mkdirSync(own, { recursive: true });
    return [own, path];
  });
  const settings = Object.entries(kernelSettings).map(([name, value]) => {
    const own = join(folder, 'kernel', name.replaceAll('/', '-'));
    makeFolder(join(folder, 'kernel'));
    writeFileSync(own, `${value}\n`);
    return [own, `/proc/sys/${name}`];
  });
  return [...folders, ...settings.filter(([, path]) => existsSync(path))];
}

/** Removes what holds them; they end with the last process in them. */
export async function removeNamespaces(place = firstPlace) {
  const { holder } = place;
  for (const path of [networkFileOf(place), mountsFileOf(place)])
    if (existsSync(path) && isNamespace(path)) await run('umount', [path]);
  // Twice where a start was cut off between its two mounts.
  while (mountedPaths().includes(holder)) if ((await run('umount', [holder])).code !== 0) break;
}

const mounts = () => parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
export const mountedPaths = () => mounts().map(({ path }) => path);
const heldNamespaces = () => mounts().flatMap(({ path, type }) => (type === 'nsfs' ? [path] : []));

/**
 * @param {string} text of /proc/self/mountinfo, see proc(5)
 * @returns {{ path: string, type: string }[]} blanks and the like in paths unescaped
 */
export function parseMounts(text) {
  const unescaped = (path) =>
    path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => ({ path: unescaped(line.split(' ')[4]), type: line.slice(line.indexOf(' - ') + 3).split(' ')[0] }));
}

/** What a process in the node has as `/proc/PID/ns/mnt`; null where there is no node. */
export async function mountNamespaceId(place = firstPlace) {
  if (!namespacesAreThere(place)) return null;
  const { code, stdout } = await run('nsenter', [
    `--mount=${mountsFileOf(place)}`,
    '--',
    'readlink',
    '/proc/self/ns/mnt',
  ]);
  return code === 0 ? stdout.trim() : null;
}

export function mountNamespaceOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    // It ended meanwhile.
    return null;
  }
}
