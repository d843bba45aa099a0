import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A directory for one build, seen by this process alone. */
export interface Workspace {
  readonly directory: string;
  remove(): Promise<void>;
}

export interface BuildWorkspaces {
  create(build: string): Promise<Workspace>;
  /** Removes what workers of this machine left that are dead. */
  sweep(): Promise<number>;
  /** Removes all that this process made. */
  close(): Promise<void>;
}

/** Directories lie under `root` in one folder per process, whose name says whether the process still lives. */
export function openBuildWorkspaces(root: string): BuildWorkspaces {
  const own = join(root, folderOf(process.pid, startTimeOf(process.pid)));
  return {
    create: async (build) => {
      await mkdir(own, { recursive: true, mode: 0o700 });
      const directory = await mkdtemp(join(own, `${build}-`));
      return { directory, remove: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }) };
    },
    sweep: async () => {
      const dead = (await list(root)).filter(isDead);
      for (const name of dead) await rm(join(root, name), { recursive: true, force: true, maxRetries: 3 });
      return dead.length;
    },
    close: () => rm(own, { recursive: true, force: true, maxRetries: 3 }),
  };
}

function folderOf(pid: number, startTime: string): string {
  return `worker.${hostname()}.${pid}.${startTime}`;
}

async function list(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new Error(`The work directory ${root} could not be read`, { cause: error });
  }
}

/** Of this machine and of no living process; what has another name, or is another machine's, stays. */
function isDead(name: string): boolean {
  const prefix = `worker.${hostname()}.`;
  const match = name.startsWith(prefix) ? /^(\d+)\.(\w+)$/.exec(name.slice(prefix.length)) : null;
  return match !== null && startTimeOf(Number(match[1])) !== match[2];
}

/** Tells a process from a later one with the same number. Linux: clock ticks after boot, field 22 of its stat file (proc(5)). */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown';
  } catch {
    return isAlive(pid) ? 'unknown' : 'gone';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
