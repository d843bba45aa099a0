import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildRequest } from '@sconce/ports';

/** A private folder for one build: secrets, the client's empty configuration, and the digest it answers. */
export interface BuildWorkspace {
  readonly configDirectory: string;
  readonly digestFile: string;
  readonly secrets: readonly { readonly name: string; readonly file: string }[];
  readDigest(): Promise<string>;
  remove(): Promise<void>;
}

/** Memory, so that no secret reaches a disk; where there is none (macOS), the temporary folder. */
export async function workspaceRoot(): Promise<string> {
  return readdir('/dev/shm').then(
    () => '/dev/shm',
    () => tmpdir(),
  );
}

const prefix = 'sconce-build-';

/** Readable by this user alone, and named after this process so that a later one knows what a killed one left behind. */
export async function openBuildWorkspace(root: string, secrets: BuildRequest['secrets']): Promise<BuildWorkspace> {
  const directory = await mkdtemp(join(root, `${prefix}${process.pid}-`));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    await chmod(directory, 0o700);
    const configDirectory = join(directory, 'config');
    await mkdir(configDirectory, { mode: 0o700 });
    const files = secrets.map((secret, index) => ({ ...secret, file: join(directory, `secret-${index}`) }));
    await Promise.all(files.map(({ file, value }) => writeFile(file, value, { mode: 0o600, flag: 'wx' })));
    const digestFile = join(directory, 'digest');
    return {
      configDirectory,
      digestFile,
      secrets: files.map(({ name, file }) => ({ name, file })),
      readDigest: async () => (await readFile(digestFile, 'utf8')).trim(),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * Ends the builds, and removes the folders, of processes that are no more: a worker that was killed could do neither. A client of
 * theirs is known by the folder in its arguments; ended, it takes the build in the engine with it.
 */
export async function endAbandonedBuilds(root: string): Promise<void> {
  const abandoned = (await readdir(root)).filter((name) => {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    return pid !== undefined && !signalProcess(Number(pid), 0);
  });
  if (abandoned.length === 0) return;
  const folders = abandoned.map((name) => join(root, name));
  for (const { pid, words } of await runningCommands()) {
    if (folders.some((folder) => words.includes(`--iidfile=${folder}/`))) signalProcess(pid, 'SIGTERM');
  }
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}

/** What runs on this machine; nothing where there is no /proc. */
async function runningCommands(): Promise<readonly { readonly pid: number; readonly words: string }[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const words = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.map((pid, at) => ({ pid, words: words[at] ?? '' }));
}

/** False when there is no such process. */
function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
