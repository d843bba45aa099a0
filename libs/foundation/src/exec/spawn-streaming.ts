import type { Readable, Writable } from 'node:stream';
import { CommandFailed } from './command-failed.ts';
import { startProcessGroup } from './process-group.ts';
import { stopReason } from './run.ts';
import { TailBuffer } from './tail-buffer.ts';

export interface SpawnStreamingOptions {
  readonly cwd?: string;
  /** The whole environment: nothing is inherited. PATH falls back to `systemPath`. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly killGraceMs?: number;
}

export interface StreamingProcess {
  /** Of the first process; -1 when it could not be started. */
  readonly pid: number;
  /** The caller pipes both; back-pressure is the pipe's own. Errors of a closed pipe show on the streams. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when the process ended with code 0; rejects with `CommandFailed` or the abort reason. No process is left then. */
  readonly ended: Promise<void>;
  /** The last lines of standard error so far, at most 4 KiB. */
  stderrTail(): string;
}

/** Starts a command whose input and output are streams. The same ends as `run`: time, abort, and the whole group with it. */
export function spawnStreaming(
  command: string,
  args: readonly string[],
  options: SpawnStreamingOptions,
): StreamingProcess {
  options.signal?.throwIfAborted();
  const group = startProcessGroup(command, args, options);
  const { stdin, stdout, stderr } = group.child;
  if (stdin === null || stdout === null || stderr === null) throw new Error(`${command} was started without pipes`);
  const tail = new TailBuffer(4096);
  stderr.on('data', (chunk: Uint8Array) => tail.push(chunk));
  const stop = stopReason(command, options);
  const ended = (async () => {
    try {
      const { code, signal } = await Promise.race([group.exited, stop.reached]);
      if (code === 0) return;
      const what = code === null ? `was ended by ${signal}` : `ended with code ${code}`;
      const failure = code === null ? 'killed' : 'exit_code';
      throw new CommandFailed({ command, failure, what, code, stderrTail: tail.text() });
    } finally {
      stop.clear();
      await group.end(options.killGraceMs ?? 2_000);
    }
  })();
  ended.catch(() => undefined);
  return { pid: group.child.pid ?? -1, stdin, stdout, ended, stderrTail: () => tail.text() };
}
