import { readdirSync, readFileSync } from 'node:fs';

/** The processes of a container on this machine, the first one first. Its id stands in the names of its cgroups, whoever made them. */
export function processesOf(containerId: string): readonly number[] {
  const id = containerId.slice(containerId.lastIndexOf('/') + 1);
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isIn(pid, id))
    .sort((a, b) => a - b);
}

function isIn(pid: number, id: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(id);
  } catch {
    // It ended in this moment.
    return false;
  }
}
