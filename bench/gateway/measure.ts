import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export { sleep };

/** Ticks of /proc; 100 on every Linux that this runs on. */
const ticksPerSecond = 100;

/** User and system time of a process, all its threads, since it started. */
export async function cpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name before them may hold anything, a closing parenthesis too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

export interface LoadOptions {
  readonly address: string;
  readonly host: string;
  readonly path: string;
  readonly bodyBytes: number;
  readonly connections: number;
  readonly seconds: number;
}

/** Core of everything that is not measured. */
export const otherCore = '1';
/** Core of what is measured. */
export const measuredCore = '0';

/** Runs the client once. Throws when an answer was not byte for byte the expected one. */
export async function loadOnce(tool: string, options: LoadOptions): Promise<Load> {
  const { address, host, path, bodyBytes, connections, seconds } = options;
  const numbers = [bodyBytes, connections, seconds].map(String);
  const { stdout } = await promisify(execFile)(
    'taskset',
    ['-c', otherCore, tool, 'load', address, host, path, ...numbers],
    {
      timeout: (seconds + 30) * 1000,
    },
  );
  return JSON.parse(stdout) as Load;
}
