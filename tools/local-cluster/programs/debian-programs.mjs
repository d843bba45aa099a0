import { existsSync, readFileSync } from 'node:fs';
import { findProgram } from '../../bootstrap/machine/command.mjs';
import { installThing } from '../../bootstrap/machine/packages.mjs';
import { runAsRoot } from '../../bootstrap/machine/privilege.mjs';
import { Problem } from '../../bootstrap/terminal/problem.mjs';

const instead = 'use a cluster that is there: KUBECONFIG=/path/to/kubeconfig.';

/** Debian has each of these programs in this package. Only what is missing is installed: containerd may be another vendor's. */
const packages = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  'docker-registry': 'docker-registry',
  nft: 'nftables',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  openssl: 'openssl',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  umount: 'mount',
  tar: 'tar',
};

/** Where distributions keep network plugins. */
const pluginFolders = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];
export const findNetworkPlugins = () => pluginFolders.find((folder) => existsSync(`${folder}/ptp`)) ?? null;

const busyboxPaths = ['/bin/busybox', '/usr/bin/busybox', '/bin/busybox.static'];
export const findStaticBusybox = () => busyboxPaths.find((path) => existsSync(path) && isStatic(path)) ?? null;

/** A program that names no loader runs in an image that holds nothing else. */
const isStatic = (path) => !/\/ld-(linux|musl)/.test(readFileSync(path, 'latin1'));

/** All that a node needs beside Kubernetes itself. @param {{ doing: (note: string) => void }} progress */
export async function ensureDebianPrograms(progress) {
  const hadRegistry = findProgram('docker-registry') !== null;
  const missing = missingPackages();
  if (missing.length === 0) return;
  progress.doing(`installing ${missing.join(', ')} with apt: a node is made of them`);
  await installThing('clusterNode', instead, { packages: missing });
  const still = missingPackages();
  if (still.length > 0)
    throw new Problem(
      `${still.join(', ')} ${still.length === 1 ? 'was' : 'were'} installed, but a program is missing.`,
      [`Or ${instead}`],
    );
  if (!hadRegistry) await keepSystemRegistryOff();
}

function missingPackages() {
  const missing = Object.keys(packages)
    .filter((program) => findProgram(program) === null)
    .map((program) => packages[program]);
  if (findNetworkPlugins() === null) missing.push('containernetworking-plugins');
  if (findStaticBusybox() === null) missing.push('busybox-static');
  return [...new Set(missing)];
}

/** The package starts a registry for everybody on port 5000, which nobody asked for. */
async function keepSystemRegistryOff() {
  if (existsSync('/run/systemd/system')) await runAsRoot('systemctl', ['disable', '--now', 'docker-registry']);
}
