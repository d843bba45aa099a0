import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Where the hierarchies are: one folder with cgroup v2, one for each controller with v1.
 * @param {string} text of /proc/self/mountinfo
 * @returns {{ path: string, version: 1 | 2 }[]}
 */
export function cgroupMounts(text) {
  return text
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => ({ path: line.split(' ')[4], version: line.includes(' - cgroup2 ') ? 2 : 1 }));
}

const mounts = () => cgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));

/** The kubelet wants its root to be there, with every controller. @param {string} cgroup `/sconce-1a2b3c4d` */
export function makeCgroups(cgroup) {
  for (const { path, version } of mounts()) {
    let parent = path;
    for (const name of cgroup.split('/').filter(Boolean)) {
      makeCgroup(parent, join(parent, name), version);
      parent = join(parent, name);
    }
  }
}

function makeCgroup(parent, folder, version) {
  if (version === 2) delegateControllers(parent);
  mkdirSync(folder, { recursive: true });
  // With v1 a new cpuset holds nothing, and nothing can be put in.
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    if (version === 1 && existsSync(join(folder, file)) && readFileSync(join(folder, file), 'utf8').trim() === '')
      writeFileSync(join(folder, file), readFileSync(join(parent, file)));
}

function delegateControllers(path) {
  const have = readFileSync(join(path, 'cgroup.subtree_control'), 'utf8').trim().split(' ');
  const all = readFileSync(join(path, 'cgroup.controllers'), 'utf8').trim().split(' ').filter(Boolean);
  const wanted = all.filter(
    (each) => !have.includes(each) && ['cpuset', 'cpu', 'io', 'memory', 'pids', 'hugetlb'].includes(each),
  );
  if (wanted.length > 0)
    writeFileSync(join(path, 'cgroup.subtree_control'), wanted.map((each) => `+${each}`).join(' '));
}

/** @returns {number[]} all processes in a cgroup and below it */
export function processesInCgroups(cgroup) {
  const folders = mounts().flatMap(({ path }) => tree(join(path, cgroup)));
  return [
    ...new Set(
      folders.flatMap((folder) => readOr(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number)),
    ),
  ];
}

/** The kernel needs a moment after the last process has ended. */
export async function removeCgroups(cgroup) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const left = mounts()
      .flatMap(({ path }) => tree(join(path, cgroup)))
      .filter((folder) => !removed(folder));
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`These cgroups still hold processes: ${left.join(' ')}`);
    await sleep(50);
  }
}

/** A folder and all below it, the deepest first. */
function tree(folder) {
  if (!existsSync(folder)) return [];
  const children = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...children.flatMap((entry) => tree(join(folder, entry.name))), folder];
}

function removed(folder) {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return error.code === 'ENOENT';
  }
}

function readOr(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It was removed meanwhile.
    return '';
  }
}
