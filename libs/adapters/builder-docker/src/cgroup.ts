import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';

export interface CgroupLimits {
  readonly memoryBytes: number;
  readonly processes: number;
}

type Version = 1 | 2;

/** Null where this process may not set limits: another system, no right to, or none mounted. */
export async function writableCgroups(): Promise<Version | null> {
  const may = (path: string) =>
    access(path, constants.W_OK).then(
      () => true,
      () => false,
    );
  // On machines with both, the engine's memory controller is the one of version 1.
  if ((await may(join(root, 'memory'))) && (await may(join(root, 'pids')))) return 1;
  return (await may(join(root, 'cgroup.procs'))) ? 2 : null;
}

/** The folders of one cgroup that hold its limits. `path` is as the engine gave it to its runtime. */
export interface Cgroup {
  readonly memory: string;
  readonly pids: string;
  readonly version: Version;
}

/** The places where a cgroup may be: with systemd naming, `system.slice:docker:<id>` is kept as it is or made a scope. */
export function cgroupCandidates(path: string, version: Version): readonly Cgroup[] {
  const [slice, prefix, id] = path.split(':');
  const scope = id === undefined ? [] : [join(slice ?? '', `${prefix}-${id}.scope`)];
  return [path, ...scope].map((name) =>
    version === 1
      ? { memory: join(root, 'memory', name), pids: join(root, 'pids', name), version }
      : { memory: join(root, name), pids: join(root, name), version },
  );
}

/** True when all limits stand; false while the cgroup is not there yet or any more. */
export async function limitCgroup(cgroup: Cgroup, limits: CgroupLimits): Promise<boolean> {
  const memory = String(limits.memoryBytes);
  try {
    if (cgroup.version === 1) {
      await setLimit(join(cgroup.memory, 'memory.limit_in_bytes'), memory);
      // Memory and swap together; absent where the kernel does not account swap.
      await setLimit(join(cgroup.memory, 'memory.memsw.limit_in_bytes'), memory).catch(ignoreAbsent);
    } else {
      await setLimit(join(cgroup.memory, 'memory.max'), memory);
      await setLimit(join(cgroup.memory, 'memory.swap.max'), '0').catch(ignoreAbsent);
    }
    await setLimit(join(cgroup.pids, 'pids.max'), String(limits.processes));
    return true;
  } catch (error) {
    // EBUSY: more is in use already; the kernel is reclaiming, the next try may do.
    if (['ENOENT', 'ENODEV', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Without O_CREAT: a limit file that is not there must not be made up. */
const setLimit = (file: string, value: string) => writeFile(file, value, { flag: 'r+' });

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** How many processes the kernel ended for want of memory; null when the cgroup is gone. */
export async function outOfMemoryKills(cgroup: Cgroup): Promise<number | null> {
  const file = cgroup.version === 1 ? 'memory.oom_control' : 'memory.events';
  const text = await readFile(join(cgroup.memory, file), 'utf8').catch(() => null);
  if (text === null) return null;
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** Empty when the cgroup is empty or gone. */
export async function cgroupProcesses(cgroup: Cgroup): Promise<readonly number[]> {
  const text = await readFile(join(cgroup.pids, 'cgroup.procs'), 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map(Number);
}
