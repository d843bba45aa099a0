import { existsSync, readdirSync, statSync } from 'node:fs';
import { Problem } from '../terminal/problem.mjs';
import { findProgram, lastLines, run } from './command.mjs';
import { asRoot } from './privilege.mjs';

/** What each distribution calls it. Where a manager is missing, it has no such package. */
const names = {
  git: { apt: ['git'], dnf: ['git'], apk: ['git', 'git-daemon'], pacman: ['git'], brew: ['git'] },
  docker: {
    apt: ['docker.io', 'iptables'],
    dnf: ['moby-engine'],
    apk: ['docker', 'docker-cli-buildx'],
    pacman: ['docker', 'docker-buildx'],
  },
  // Debian's redis-tools holds the server's program too, without the system service on port 6379 that redis-server starts.
  redis: { apt: ['redis-tools'], dnf: ['redis'], apk: ['redis'], pacman: ['redis'], brew: ['redis'] },
  postgres: {
    apt: ['postgresql'],
    dnf: ['postgresql-server'],
    apk: ['postgresql'],
    pacman: ['postgresql'],
    brew: ['postgresql@17'],
  },
  debootstrap: {
    apt: ['debootstrap'],
    dnf: ['debootstrap'],
    apk: ['debootstrap'],
    pacman: ['debootstrap', 'debian-archive-keyring'],
  },
  busybox: { apt: ['busybox-static'], dnf: ['busybox'], apk: ['busybox-static'], pacman: ['busybox'] },
  iproute2: { apt: ['iproute2'], dnf: ['iproute'], apk: ['iproute2'], pacman: ['iproute2'] },
  // What a node of Kubernetes stands on. Debian has all of it; elsewhere it is the user's to choose.
  clusterNode: {
    apt: [
      'containerd',
      'runc',
      'containernetworking-plugins',
      'docker-registry',
      'busybox-static',
      'nftables',
      'iptables',
      'conntrack',
      'iproute2',
      'openssl',
    ],
  },
  chromium: { apt: ['chromium'], dnf: ['chromium-headless'], apk: ['chromium'], pacman: ['chromium'] },
};

const commands = {
  apt: 'apt-get install -y --no-install-recommends',
  dnf: 'dnf install -y',
  apk: 'apk add',
  pacman: 'pacman -S --needed',
  brew: 'brew install',
};

/** @returns {string | null} a key of `commands` */
export function packageManager() {
  const programs = { apt: 'apt-get', dnf: 'dnf', apk: 'apk', pacman: 'pacman', brew: 'brew' };
  return Object.keys(programs).find((manager) => findProgram(programs[manager]) !== null) ?? null;
}

/** The line a person types to install these things, or null where we do not know it. */
export function installLine(things, manager = packageManager()) {
  const packages = things.flatMap((thing) => names[thing]?.[manager] ?? []);
  if (manager === null || packages.length === 0) return null;
  return `${manager === 'brew' ? '' : 'sudo '}${commands[manager]} ${packages.join(' ')}`;
}

/**
 * Installs one thing with apt, or says which line a person has to type.
 *
 * @param {keyof typeof names} thing
 * @param {string} instead what can be given in its place ("set REDIS_URL ..."), or ''
 * @param {{ packages?: string[], env?: NodeJS.ProcessEnv }} options other packages than the usual ones
 */
export async function installThing(thing, instead, { packages = names[thing].apt } = {}) {
  const manager = packageManager();
  const line = installLine([thing], manager);
  const next = [
    line ? `Install it: ${line}` : 'Install it the way your system does.',
    ...(instead ? [`Or ${instead}`] : []),
  ];
  if (manager === null)
    throw new Problem(`${label(thing)} is missing, and no package manager was found to install it with.`, next);
  if (manager !== 'apt')
    throw new Problem(`${label(thing)} is missing. Sconce installs by itself on Debian and Ubuntu only.`, next);
  const root = await asRoot();
  if (root === null)
    throw new Problem(
      `${label(thing)} is missing, and installing it needs root: this user is not root and sudo does not work here.`,
      next,
    );
  await aptInstall(root, packages, next);
}

const label = (thing) =>
  ({
    git: 'git',
    docker: 'Docker Engine',
    redis: 'Redis',
    postgres: 'Postgres',
    chromium: 'Chromium',
    clusterNode: 'A program of a Kubernetes node',
  })[thing] ?? thing;

let updated = false;

async function aptInstall(root, packages, next) {
  if (!updated && listsAreOld()) await aptUpdate(root, next);
  let result = await apt(root, ['install', '-y', '--no-install-recommends', ...packages]);
  if (result.code !== 0 && !updated) {
    // Lists that name versions which the mirror no longer has.
    await aptUpdate(root, next);
    result = await apt(root, ['install', '-y', '--no-install-recommends', ...packages]);
  }
  if (result.code === 0) return;
  const output = `${result.stdout}\n${result.stderr}`;
  const space = /No space left on device|enough free space/i.test(output);
  throw new Problem(
    space
      ? `The disk is full: apt could not install ${packages.join(' ')}.`
      : `apt could not install ${packages.join(' ')}.`,
    space ? ['Free some space (`df -h` shows where; `apt-get clean` helps) and run this again.'] : next,
    lastLines(output, 8),
  );
}

async function aptUpdate(root, next) {
  updated = true;
  const result = await apt(root, ['update']);
  if (result.code === 0) return;
  // One broken source among many is common and harmless; what cannot be installed for it is told by the install itself.
  if (/^(Hit|Get):/m.test(result.stdout)) return;
  throw new Problem(
    'apt could not read its package lists: is there a network?',
    ['`apt-get update` shows what it tried to reach (/etc/apt/sources.list.d).', ...next],
    lastLines(result.stderr, 6),
  );
}

function apt(root, args) {
  const env = ['env', 'DEBIAN_FRONTEND=noninteractive', 'NEEDRESTART_SUSPEND=1'];
  const [program, ...rest] = [...root, ...env, 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=120', ...args];
  return run(program, rest, { timeoutMs: 900_000 });
}

const dayMs = 24 * 3600 * 1000;

function listsAreOld() {
  const folder = '/var/lib/apt/lists';
  if (!existsSync(folder)) return true;
  const lists = readdirSync(folder).filter((name) => name.includes('_Packages'));
  return lists.length === 0 || Date.now() - statSync(folder).mtimeMs > dayMs;
}

/** Whether apt knows a package by this name: newer releases split what older ones keep together. */
export async function aptHas(name) {
  const result = await run('apt-cache', ['show', '--no-all-versions', name], { timeoutMs: 20_000 });
  return result.code === 0 && result.stdout.includes('Package:');
}
