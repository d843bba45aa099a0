import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { findProgram, mustRun, run } from '../../bootstrap/machine/command.mjs';
import { makeFolder } from '../../bootstrap/machine/home.mjs';
import { inCluster } from '../settings/folders.mjs';
import { claimMountPoints, mountPoints } from './mount-points.mjs';

/**
 * The node has a network and mounts of its own, so that several clusters stand side by side, nothing of it is seen in the
 * machine's, and all of it is gone with the namespaces. They are held by files, not by a process: parts may come and go.
 */
const holder = inCluster('namespaces');
const networkFile = `${holder}/network`;
const mountsFile = `${holder}/mounts`;
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

/** @param {string[]} command @returns {string[]} the same, run in the node */
export const inNode = (command) => [
  findProgram('nsenter') ?? 'nsenter',
  ...[`--net=${networkFile}`, `--mount=${mountsFile}`, '--', ...command],
];

export const networkNamespace = networkFile;

export const namespacesAreThere = () => [networkFile, mountsFile].every(isNamespace);

const isNamespace = (path) => existsSync(path) && statfsSync(path).type === namespaceFileSystem;

/** @param {import('../settings/cluster-record.mjs').ClusterRecord} record */
export async function makeNamespaces(record) {
  claimMountPoints(record);
  if (namespacesAreThere()) return;
  await removeNamespaces();
  makeFolder(holder, 0o700);
  // A mount namespace can be held only where mounts are not passed on into itself.
  await mustRun('Holding the namespaces of the node', 'mount', ['--bind', holder, holder]);
  await mustRun('Holding the namespaces of the node', 'mount', ['--make-private', holder]);
  for (const file of [networkFile, mountsFile]) writeFileSync(file, '');
  const binds = bindMounts();
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
function bindMounts() {
  // What was true of a node that is gone: running containers, addresses given out.
  for (const name of ['run-containerd', 'var-lib-cni'])
    rmSync(inCluster('node', name), { recursive: true, force: true });
  const folders = mountPoints.map((path) => {
    const own = inCluster('node', path.slice(1).replaceAll('/', '-'));
    mkdirSync(own, { recursive: true });
    return [own, path];
  });
  const settings = Object.entries(kernelSettings).map(([name, value]) => {
    const own = inCluster('node', 'kernel', name.replaceAll('/', '-'));
    makeFolder(inCluster('node', 'kernel'));
    writeFileSync(own, `${value}\n`);
    return [own, `/proc/sys/${name}`];
  });
  return [...folders, ...settings.filter(([, path]) => existsSync(path))];
}

/** Removes what holds them; they end with the last process in them. */
export async function removeNamespaces() {
  for (const path of [networkFile, mountsFile]) if (existsSync(path) && isNamespace(path)) await run('umount', [path]);
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
export async function mountNamespaceId() {
  if (!namespacesAreThere()) return null;
  const { code, stdout } = await run('nsenter', [`--mount=${mountsFile}`, '--', 'readlink', '/proc/self/ns/mnt']);
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
