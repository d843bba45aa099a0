import { Problem } from '../terminal/problem.mjs';
import { findProgram, mustRun, run } from './command.mjs';

export const isRoot = process.getuid?.() === 0;

let found;

/**
 * How to run something as root: `[]` as root already, `['sudo', ...]` where sudo works (asking for a password only on a
 * terminal), null where it cannot be done.
 * @returns {Promise<string[] | null>}
 */
export async function asRoot() {
  found ??= decide();
  return found;
}

async function decide() {
  if (isRoot) return [];
  const sudo = findProgram('sudo');
  if (sudo === null) return null;
  if ((await run(sudo, ['-n', 'true'], { timeoutMs: 5_000 })).code === 0) return [sudo, '-n'];
  return process.stdin.isTTY ? [sudo] : null;
}

/** As `run`, as root; null where that cannot be done. */
export async function runAsRoot(file, args, options = {}) {
  const prefix = await asRoot();
  if (prefix === null) return null;
  const [program, ...rest] = [...prefix, file, ...args];
  return run(program, rest, options);
}

/** As `mustRun`, as root. */
export async function mustRunAsRoot(attempt, file, args, options = {}, next = []) {
  const prefix = await asRoot();
  if (prefix === null)
    throw new Problem(`${attempt} needs root: this user is not root and sudo does not work here.`, next);
  const [program, ...rest] = [...prefix, file, ...args];
  return mustRun(attempt, program, rest, options, next);
}
