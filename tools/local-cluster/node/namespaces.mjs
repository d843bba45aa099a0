import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { findProgram, mustRun, run } from '../../bootstrap/machine/command.mjs';
import { makeFolder, readJson, writeJson } from '../../bootstrap/machine/home.mjs';
import { inCluster } from '../settings/folders.mjs';

/**
 * The node has a network and mounts of its own, so that several clusters stand side by side, nothing of it is seen in the
 * machine's, and all of it is gone with the namespaces. They are held by files, not by a process: parts may come and go.
 */
const holder = inCluster('namespaces');
const networkFile = `${holder}/network`;
const mountsFile = `${holder}/mounts`;
/** Which folders outside of the cluster's own were made for it, as empty ones to mount on. */
const madeFoldersPath = inCluster('made-folders.json');
const namespaceFileSystem = 0x6e736673;

/** Paths that programs of a node have written into them; in the node, each is a folder of the cluster. */
const privateFolders = [
  '/run/containerd',
  '/var/lib/containerd',
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/var/log/pods',
  '/var/log/containers',
];

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

export async function makeNamespaces() {
  if (namespacesAreThere()) return;
  await removeNamespaces();
  makeFolder(holder, 0o700);
  // A mount namespace can be held only where mounts are not passed on into itself.
  await mustRun('Holding the namespaces of the node', 'mount', ['--bind', holder, holder]);
  await mustRun('Holding the namespaces of the node', 'mount', ['--make-private', holder]);
  for (const file of [networkFile, mountsFile]) writeFileSync(file, '');
  const binds = bindMounts();
  // The mounts of the machine come in, those of the node do not go out; within the node, containers get them from the kubelet.
  const script =
    'set -e; mount --make-rshared /; ip link set lo up; while [ $# -gt 0 ]; do mount --bind "$1" "$2"; shift 2; done';
  await mustRun('Making the namespaces of the node', 'unshare', [
    ...[`--net=${networkFile}`, `--mount=${mountsFile}`, '--propagation', 'slave'],
    ...['/bin/sh', '-c', script, 'sh', ...binds.flat()],
  ]);
}

/** @returns {string[][]} pairs: what is seen where */
function bindMounts() {
  const missing = privateFolders.filter((path) => !existsSync(path));
  writeJson(madeFoldersPath, [...new Set([...(readJson(madeFoldersPath) ?? []), ...missing])]);
  // What was true of a node that is gone: running containers, addresses given out.
  for (const name of ['run-containerd', 'var-lib-cni'])
    rmSync(inCluster('node', name), { recursive: true, force: true });
  const folders = privateFolders.map((path) => {
    makeFolder(path);
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
  while (mountPoints().includes(holder)) if ((await run('umount', [holder])).code !== 0) break;
  for (const path of readJson(madeFoldersPath) ?? []) removeIfEmpty(path);
  rmSync(madeFoldersPath, { force: true });
}

/** Whoever else uses such a folder has something in it. */
function removeIfEmpty(path) {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EBUSY', 'EEXIST'].includes(error.code)) throw error;
  }
}

/** @returns {string[]} as in /proc/self/mountinfo, blanks and the like unescaped */
export function mountPoints() {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) =>
      line.split(' ')[4].replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
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
