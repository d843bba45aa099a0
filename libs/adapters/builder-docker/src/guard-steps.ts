import { type FSWatcher, watch } from 'node:fs';
import { access, constants, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Cgroup,
  type CgroupLimits,
  cgroupCandidates,
  cgroupProcesses,
  limitCgroup,
  outOfMemoryKills,
  writableCgroups,
} from './cgroup.ts';

/**
 * BuildKit inside the engine takes no limits for its steps: it ignores `--memory` and, before engine 23, `--cgroup-parent`. But each
 * step is an OCI bundle in a folder of the engine, with its cgroup and environment in its `config.json`. So we watch that folder, know
 * our own steps by a marker in their environment, and set the limits on their cgroups as they start (within about 30 ms).
 */
export interface StepGuard {
  /** True once the kernel ended a process of a step for want of memory. */
  outOfMemory(): boolean;
  /** Waits until no process of any step is left, ending those that linger. */
  stepsGone(): Promise<void>;
  stop(): void;
}

/** Why steps cannot be limited here, in words; null when they can. */
export async function stepLimitsProblem(executorDirectory: string, isLocal: boolean): Promise<string | null> {
  if (!isLocal) return 'the container engine is on another machine';
  if ((await writableCgroups()) === null)
    return 'this process may not write cgroup limits (it would have to run as root)';
  const readable = await access(executorDirectory, constants.R_OK).then(
    () => true,
    () => false,
  );
  return readable ? null : `${executorDirectory} cannot be read (it takes root, on the engine's own machine)`;
}

/** Where limits cannot be set: nothing is watched, and the engine's own clean-up is relied on. */
export const noGuard: StepGuard = { outOfMemory: () => false, stepsGone: async () => undefined, stop: () => undefined };

const limitWithinMs = 5_000;
const memoryLookMs = 100;
/** The engine needs about 200 ms to end the steps of a cancelled build; what stands after this is ended by us. */
const lingerMs = 3_000;
const afterKillMs = 5_000;

export async function guardSteps(
  executorDirectory: string,
  marker: string,
  limits: CgroupLimits,
  onProblem: (error: unknown) => void,
): Promise<StepGuard> {
  const version = await writableCgroups();
  if (version === null) return noGuard;
  const steps = new Map<string, readonly Cgroup[]>();
  let outOfMemory = false;
  let stopped = false;

  const take = async (bundle: string): Promise<void> => {
    const path = await markedCgroup(join(executorDirectory, bundle), marker, () => stopped);
    if (path === null || steps.has(bundle)) return;
    const cgroups = cgroupCandidates(path, version);
    steps.set(bundle, cgroups);
    await limitSoon(cgroups, limits, () => stopped);
  };
  const watcher: FSWatcher = watch(executorDirectory, (event, name) => {
    // Bundles are named by random letters and digits; files beside them have a dot.
    if (event === 'rename' && name !== null && /^\w+$/.test(name)) take(name).catch(onProblem);
  });
  watcher.on('error', onProblem);
  const look = async (): Promise<void> => {
    const kills = await Promise.all([...steps.values()].flat().map(outOfMemoryKills));
    outOfMemory ||= kills.some((count) => (count ?? 0) > 0);
  };
  const timer = setInterval(() => void look().catch(onProblem), memoryLookMs);
  return {
    outOfMemory: () => outOfMemory,
    stepsGone: async () => {
      // One may have started unseen between two events.
      const bundles = (await readdir(executorDirectory)).filter((name) => /^\w+$/.test(name));
      stopped = true;
      await Promise.all(bundles.map(take));
      await processesGone([...steps.values()].flat());
    },
    stop: () => {
      stopped = true;
      clearInterval(timer);
      watcher.close();
    },
  };
}

/** The cgroup of a bundle that carries the marker; null when it is another's, or gone. */
async function markedCgroup(bundle: string, marker: string, isStopped: () => boolean): Promise<string | null> {
  const deadline = performance.now() + 1_000;
  for (;;) {
    const config = await readConfig(join(bundle, 'config.json'));
    if (config !== null) return config.text.includes(marker) ? config.cgroup : null;
    // The folder comes a moment before its file.
    if (isStopped() || performance.now() > deadline) return null;
    await delay(2);
  }
}

/** OCI runtime specification: `linux.cgroupsPath`. Null while the file is absent or half written. */
async function readConfig(file: string): Promise<{ readonly text: string; readonly cgroup: string | null } | null> {
  try {
    const text = await readFile(file, 'utf8');
    const config = JSON.parse(text) as { linux?: { cgroupsPath?: unknown } };
    const cgroup = config.linux?.cgroupsPath;
    return { text, cgroup: typeof cgroup === 'string' && cgroup !== '' ? cgroup : null };
  } catch {
    return null;
  }
}

async function limitSoon(cgroups: readonly Cgroup[], limits: CgroupLimits, isStopped: () => boolean): Promise<void> {
  const deadline = performance.now() + limitWithinMs;
  for (let pauseMs = 1; !isStopped() && performance.now() < deadline; pauseMs = Math.min(pauseMs * 2, 10)) {
    const done = await Promise.all(cgroups.map((cgroup) => limitCgroup(cgroup, limits)));
    if (done.includes(true)) return;
    await delay(pauseMs);
  }
}

async function processesGone(cgroups: readonly Cgroup[]): Promise<void> {
  const started = performance.now();
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    const pids = (await Promise.all(cgroups.map(cgroupProcesses))).flat();
    const waitedMs = performance.now() - started;
    if (pids.length === 0 || waitedMs > lingerMs + afterKillMs) return;
    if (waitedMs > lingerMs) for (const pid of pids) endProcess(pid);
    await delay(pauseMs);
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
