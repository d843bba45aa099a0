import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Platform } from './platform.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly seen: { out: string; err: string };
  readonly pid: number;
  /** Reads its standard output no more. */
  pause(): void;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  type(text: string): void;
  /** Nothing follows on standard input. */
  end(input?: string | Uint8Array): void;
}

export interface CommandLine {
  readonly home: string;
  /** Directory it is called in. */
  readonly directory: string;
  /** Runs it to its end, with `input` on standard input and no terminal. */
  run(args: readonly string[], input?: string | Uint8Array): Promise<Ended>;
  /** What it answers with `--json`; throws with what it said where it failed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  json(...args: string[]): Promise<any>;
  start(...args: string[]): Running;
  /** Starts it on a terminal of its own, where both outputs come together. */
  onTerminal(...args: string[]): Running;
  /** The same with other settings: another directory, another token. */
  with(changes: { readonly directory?: string; readonly environment?: Readonly<Record<string, string>> }): CommandLine;
  remove(): void;
}

const built = fileURLToPath(new URL('../../apps/cli/bin/sconce.mjs', import.meta.url));
const identity = {
  GIT_AUTHOR_NAME: 'Ana',
  GIT_AUTHOR_EMAIL: 'ana@example.com',
  GIT_COMMITTER_NAME: 'Ana',
  GIT_COMMITTER_EMAIL: 'ana@example.com',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** `sconce` as a person calls it: its own process, an own home, connected to a platform by the environment. */
export function makeCommandLine(
  platform: Platform,
  program: readonly string[] = [process.execPath, built],
): CommandLine {
  const home = mkdtempSync(join(tmpdir(), 'sconce-cli-e2e-'));
  const directory = join(home, 'work');
  mkdirSync(directory);
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    SCONCE_API_URL: platform.apiUrl,
    SCONCE_TOKEN: platform.token,
    ...identity,
  };
  return commandLine(program, home, directory, environment);
}

function commandLine(
  program: readonly string[],
  home: string,
  directory: string,
  environment: Readonly<Record<string, string>>,
): CommandLine {
  const launch = (words: readonly string[]): Running => {
    const [command = '', ...rest] = words;
    const child = spawn(command, rest, { cwd: directory, env: environment });
    const seen = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      seen.err += text;
    });
    // It may have ended before it read what is written.
    child.stdin.on('error', () => {});
    const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...seen })));
    return {
      seen,
      pid: child.pid ?? 0,
      pause: () => void child.stdout.pause(),
      ended,
      kill: (signal) => void child.kill(signal),
      type: (text) => void child.stdin.write(text),
      end: (input = '') => void child.stdin.end(input),
    };
  };
  const run = async (args: readonly string[], input: string | Uint8Array = '') => {
    const running = launch([...program, ...args]);
    running.end(input);
    return running.ended;
  };
  return {
    home,
    directory,
    run,
    json: async (...args) => {
      const ended = await run([...args, '--json']);
      if (ended.code !== 0) throw new Error(`sconce ${args.join(' ')} ended with ${ended.code}:\n${ended.err}`);
      return JSON.parse(ended.out) as unknown;
    },
    start: (...args) => launch([...program, ...args]),
    onTerminal: (...args) => {
      const quoted = [...program, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
      return launch(['script', '--quiet', '--return', '--command', quoted, '/dev/null']);
    },
    with: (changes) =>
      commandLine(program, home, changes.directory ?? directory, { ...environment, ...changes.environment }),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
