import { readFile } from 'node:fs/promises';

/** The kernel's files about one container. */
export interface CgroupFiles {
  readonly version: 1 | 2;
  readonly cpu: string;
  readonly memory: string;
}

export interface CgroupUsage {
  readonly cpuMs: number;
  readonly memoryMiB: number;
}

const root = '/sys/fs/cgroup';
const mebibyte = 1024 * 1024;

/**
 * Where the kernel counts for a container, from the text of `/proc/<pid>/cgroup` of its first process. Null when that is another one's: the engine is on
 * another machine, or the process ended and its number was given away.
 */
export function findCgroup(text: string, container: string): CgroupFiles | null {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (!path.includes(container) || path.includes('..')) continue;
    for (const controller of controllers.split(',')) paths.set(controller, path);
  }
  const [cpu, memory, unified] = [paths.get('cpuacct'), paths.get('memory'), paths.get('')];
  if (cpu !== undefined && memory !== undefined)
    return { version: 1, cpu: `${root}/cpuacct${cpu}`, memory: `${root}/memory${memory}` };
  return unified === undefined ? null : { version: 2, cpu: `${root}${unified}`, memory: `${root}${unified}` };
}

/** Null when it is gone. */
export async function readCgroupUsage(files: CgroupFiles): Promise<CgroupUsage | null> {
  const v1 = files.version === 1;
  const names = v1
    ? [`${files.cpu}/cpuacct.usage`, `${files.memory}/memory.usage_in_bytes`, `${files.memory}/memory.stat`]
    : [`${files.cpu}/cpu.stat`, `${files.memory}/memory.current`, `${files.memory}/memory.stat`];
  const texts = await Promise.all(names.map((name) => readFile(name, 'utf8').catch(() => null)));
  const [cpu, memory, stat] = texts;
  if (typeof cpu !== 'string' || typeof memory !== 'string' || typeof stat !== 'string') return null;
  const cpuMs = v1 ? Number(cpu) / 1e6 : field(cpu, 'usage_usec') / 1e3;
  return { cpuMs, memoryMiB: workingSetMiB(Number(memory), field(stat, v1 ? 'total_inactive_file' : 'inactive_file')) };
}

/** What could not be given to others without harm: all but file pages that nobody used lately. */
export function workingSetMiB(bytes: number, inactiveFileBytes: number): number {
  return Math.max(0, bytes - inactiveFileBytes) / mebibyte;
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}
