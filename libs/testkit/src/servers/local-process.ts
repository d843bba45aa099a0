import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Postgres refuses to run as root; everything else does not mind. */
export function unprivilegedIds(): { uid: number; gid: number } | null {
  return process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : null;
}

export function temporaryDirectory(
  prefix: string,
  owner: { uid: number; gid: number } | null = null,
): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `sconce-${prefix}-`));
  if (owner) chownSync(path, owner.uid, owner.gid);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The directory of Postgres' own programs: Debian's, or where PATH says. */
export function postgresPrograms(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const found = [
    ...versions.map((version) => `${debian}/${version}/bin`),
    ...(process.env['PATH'] ?? '').split(':'),
  ].find((directory) => existsSync(`${directory}/initdb`));
  if (!found) throw new Error('Postgres is not installed: no initdb. Run `npm test`, which installs it.');
  return found;
}

export interface LocalProcess {
  readonly child: ChildProcess;
  /** Ends with the signal and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export function startProcess(
  command: string,
  args: readonly string[],
  options: { cwd?: string; ids?: { uid: number; gid: number } | null } = {},
): LocalProcess {
  const child = spawn(command, [...args], { stdio: 'ignore', cwd: options.cwd, ...(options.ids ?? {}) });
  const gone = new Promise<void>((resolve) => {
    child.on('exit', () => resolve());
    child.on('error', () => resolve());
  });
  // A test run that is killed must not leave servers behind.
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  return {
    child,
    stop: async (signal = 'SIGTERM') => {
      process.off('exit', kill);
      child.kill(signal);
      await gone;
    },
  };
}
