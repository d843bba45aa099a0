import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailed } from './command-failed.ts';
import { type ProcessGroup, startProcessGroup } from './process-group.ts';
import { TailBuffer } from './tail-buffer.ts';

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment: nothing is inherited. PATH falls back to `systemPath`, HOME is absent unless given. */
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly timeoutMs: number;
  /** Aborting ends the process and all it started, then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Of stdout and stderr together, whether kept or handed on; past it the command is ended. Default 16 MiB. */
  readonly maxOutputBytes?: number;
  /** Gets stdout as it comes; it is then not kept. */
  readonly onStdout?: (chunk: Uint8Array) => void;
  readonly onStderr?: (chunk: Uint8Array) => void;
  /** SIGTERM to SIGKILL. Default 2 s. */
  readonly killGraceMs?: number;
  /** Exit codes that are answers and not failures. Default only 0. */
  readonly okCodes?: readonly number[];
}

export interface RunResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number;
}

const defaultMaxOutputBytes = 16 * 1024 * 1024;
const defaultKillGraceMs = 2_000;
/** How long output may still come after the first process ended, from something outside the group that kept the pipe. */
const outputAfterExitMs = 1_000;

/** Runs a command to its end. Throws `CommandFailed`, or the signal's reason when aborted; by then no process is left. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const group = startProcessGroup(command, args, options);
  const output = collectOutput(command, group, options);
  const stop = stopReason(command, options);
  feed(group, options.input);
  try {
    const { code, signal } = await Promise.race([finished(group), output.failed, stop.reached]);
    const stderrTail = output.stderrTail();
    if (code !== null && (options.okCodes ?? [0]).includes(code)) {
      return { stdout: output.stdout(), stderr: output.stderr(), code };
    }
    if (code === null) {
      throw new CommandFailed({ command, failure: 'killed', what: `was ended by ${signal}`, stderrTail });
    }
    throw new CommandFailed({ command, failure: 'exit_code', what: `ended with code ${code}`, code, stderrTail });
  } finally {
    stop.clear();
    // Also after a good end: what the command left running in its group has no owner any more.
    await group.end(options.killGraceMs ?? defaultKillGraceMs);
    group.child.stdout?.destroy();
    group.child.stderr?.destroy();
  }
}

async function finished(group: ProcessGroup): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const closed = once(group.child, 'close').catch(() => undefined);
  const end = await group.exited;
  const patience = new AbortController();
  await Promise.race([closed, delay(outputAfterExitMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
  patience.abort();
  return end;
}

function feed(group: ProcessGroup, input: string | Uint8Array | undefined): void {
  // A command may end without reading its input; that is its own matter and shows in its exit code.
  group.child.stdin?.on('error', () => undefined);
  group.child.stdin?.end(input);
}

function collectOutput(command: string, group: ProcessGroup, options: RunOptions) {
  const limit = options.maxOutputBytes ?? defaultMaxOutputBytes;
  const tail = new TailBuffer(4096);
  const kept = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  let bytes = 0;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const take = (name: 'stdout' | 'stderr', hand: ((chunk: Uint8Array) => void) | undefined) => (chunk: Uint8Array) => {
    if (bytes > limit) return;
    bytes += chunk.byteLength;
    if (name === 'stderr') tail.push(chunk);
    if (bytes > limit) {
      const what = `wrote more than ${limit} bytes`;
      failed.reject(new CommandFailed({ command, failure: 'output_exceeded', what, stderrTail: tail.text() }));
      return;
    }
    try {
      if (hand === undefined) kept[name].push(chunk);
      else hand(chunk);
    } catch (error) {
      failed.reject(error);
    }
  };
  group.child.stdout?.on('data', take('stdout', options.onStdout));
  group.child.stderr?.on('data', take('stderr', options.onStderr));
  return {
    failed: failed.promise,
    stdout: () => Buffer.concat(kept.stdout),
    stderr: () => Buffer.concat(kept.stderr).toString('utf8'),
    stderrTail: () => tail.text(),
  };
}

/** Rejects when time is up or the signal aborts. */
export function stopReason(
  command: string,
  limits: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): { readonly reached: Promise<never>; clear(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const timer = setTimeout(() => {
    const what = `did not end within ${limits.timeoutMs} ms`;
    reject(new CommandFailed({ command, failure: 'timed_out', what }));
  }, limits.timeoutMs);
  const onAbort = () => reject(limits.signal?.reason);
  limits.signal?.addEventListener('abort', onAbort, { once: true });
  const clear = () => {
    clearTimeout(timer);
    limits.signal?.removeEventListener('abort', onAbort);
  };
  return { reached: promise, clear };
}
