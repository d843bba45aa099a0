import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Problem } from '../terminal/problem.mjs';

/** Of each stream; what is older is dropped. */
const keptBytes = 256 * 1024;

/**
 * Runs a program with an argument list (never a shell line) to its end.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, input?: string, inherit?: boolean, uid?: number, gid?: number,
 *   argv0?: string, onLine?: (line: string) => void }} options `timeoutMs` ends it with SIGKILL
 * @returns {Promise<{ code: number, stdout: string, stderr: string, timedOut: boolean }>} `code` is 127 where the program is not there
 */
export function run(file, args, options = {}) {
  const { timeoutMs = 120_000, input, inherit = false, onLine, ...spawnOptions } = options;
  return new Promise((resolve) => {
    const output = inherit ? 'inherit' : 'pipe';
    const child = spawn(file, args, {
      ...spawnOptions,
      stdio: [input === undefined ? 'ignore' : 'pipe', output, output],
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    const stdout = collect(child.stdout, onLine);
    const stderr = collect(child.stderr, onLine);
    const end = (code, problem = '') => {
      clearTimeout(timer);
      resolve({ code, stdout: stdout.text(), stderr: stderr.text() + problem, timedOut });
    };
    child.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      end(error.code === 'ENOENT' ? 127 : 126, error.message),
    );
    child.on('close', (code, signal) => end(code ?? (signal === null ? 1 : 128)));
    if (input !== undefined) {
      // A program that ends without reading its input is judged by its exit code, not by the broken pipe.
      child.stdin.on('error', () => {});
      child.stdin.end(input);
    }
  });
}

function collect(stream, onLine) {
  let kept = '';
  let partial = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk) => {
    kept = (kept + chunk).slice(-keptBytes);
    if (!onLine) return;
    const lines = (partial + chunk).split(/\r?\n/);
    partial = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return { text: () => kept };
}

/** As `run`, but anything but exit code 0 throws a Problem that says what was attempted, with the last lines it printed. */
export async function mustRun(attempt, file, args, options = {}, next = []) {
  const result = await run(file, args, options);
  if (result.code === 0) return result;
  const why = result.timedOut
    ? `took longer than ${Math.round((options.timeoutMs ?? 120_000) / 1000)} s`
    : `ended with code ${result.code}`;
  throw new Problem(
    `${attempt} did not work: ${[file, ...args].join(' ')} ${why}.`,
    next,
    lastLines(`${result.stdout}\n${result.stderr}`, 12),
  );
}

export function lastLines(text, count) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count);
}

/** Absolute path of a program on the PATH (and where systems keep daemons), or null. */
export function findProgram(name, extraFolders = []) {
  const folders = [
    ...extraFolders,
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
  ];
  for (const folder of folders) {
    if (!folder) continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
