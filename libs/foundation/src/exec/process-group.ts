import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailed } from './command-failed.ts';

/** Where commands are looked up when the caller names no PATH; the parent's environment is never inherited. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** How long processes are waited for that even a SIGKILL does not end: stuck in the kernel on a hung disk, say. */
const afterKillMs = 5_000;

export interface ProcessGroup {
  readonly child: ChildProcess;
  /** How the first process ended. Rejects with `CommandFailed` when it could not be started at all. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** SIGTERM to every process of the group, SIGKILL after the grace; resolves when none is left. Safe to call twice. */
  end(graceMs: number): Promise<void>;
}

/**
 * Starts a command from an argument list, never through a shell, as the leader of its own process group: whatever it starts
 * can then be ended with it.
 */
export function startProcessGroup(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string | undefined; readonly env: Readonly<Record<string, string>> },
): ProcessGroup {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { PATH: systemPath, ...options.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', (cause) => {
      // An `error` after the start (a failed kill, say) is no reason to forget the process: only a missing pid is.
      if (child.pid !== undefined) return;
      const where = options.cwd === undefined ? '' : ` in ${options.cwd}`;
      reject(new CommandFailed({ command, failure: 'not_started', what: `could not be started${where}`, cause }));
    });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  exited.catch(() => undefined);
  return { child, exited, end: (graceMs) => endGroup(child.pid, graceMs) };
}

async function endGroup(pid: number | undefined, graceMs: number): Promise<void> {
  if (pid === undefined) return;
  if (!signalGroup(pid, 'SIGTERM')) return;
  if (await groupGone(pid, graceMs)) return;
  signalGroup(pid, 'SIGKILL');
  await groupGone(pid, afterKillMs);
}

/** False when the group has no process any more. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    // EPERM: a process of the group became another user; it is there, and not ours to end.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function groupGone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    if (!signalGroup(pid, 0) || onlyZombies(pid)) return true;
    if (performance.now() >= deadline) return false;
    await delay(pauseMs);
  }
}

/**
 * True when all that is left of the group has ended and only waits to be reaped. Its new parent is process 1, which in a
 * container may reap late or never: waiting for that would hold up every cancelled command. Without /proc: false.
 */
function onlyZombies(group: number): boolean {
  try {
    const states = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(statOf)
      .filter((stat) => stat?.group === group);
    return states.every((stat) => stat?.state === 'Z' || stat?.state === 'X');
  } catch {
    return false;
  }
}

/** proc(5): `pid (name) state parent group ...`; the name may itself hold blanks and brackets. */
function statOf(pid: string): { readonly state: string; readonly group: number } | null {
  try {
    const [state = '', , group] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return { state, group: Number(group) };
  } catch {
    return null;
  }
}
