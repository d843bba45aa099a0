import { makeEndCommand, makeExecCommand, parseExecSession } from '@sconce/core';
import type { Clock } from './clock.ts';
import { type ExecOutput, ExecRefused, type ExecRequest, type RunningExec, type TerminalSize } from './execution.ts';
import { RuntimeUnavailable } from './runtime.ts';

/** A process as an engine begins it in a container. */
export interface ExecProcess extends Omit<RunningExec, 'stop'> {
  /** Cuts the connection to it; it may go on. */
  close(): void;
}

export type BeginProcess = (command: readonly string[], terminal: TerminalSize | null) => Promise<ExecProcess>;

/** A container that is frozen begins nothing and says nothing. */
const longestOpeningMs = 15_000;
const longestEndMs = 30_000;
const longestOpeningBytes = 4_096;
const longestErrorBytes = 1_048_576;

/**
 * Runs a command so that it can be ended: engines begin processes in containers and end none. So a shell says its number first, and becomes the command;
 * another one ends it by that. Where the image has no shell the command runs by itself.
 */
export async function execInShell(
  begin: BeginProcess,
  { command, terminal }: Pick<ExecRequest, 'command' | 'terminal'>,
  clock: Clock,
): Promise<RunningExec> {
  const process = await begin(makeExecCommand(command, terminal !== null), terminal);
  const output = process.output[Symbol.asyncIterator]();
  const opening = await within(clock, longestOpeningMs, 'its container began nothing', readOpening(output)).catch(
    (error: unknown) => {
      process.close();
      throw error;
    },
  );
  const session = parseExecSession(opening.line);
  if (session !== null) {
    const stop = () => within(clock, longestEndMs, 'its command was not ended', end(begin, session));
    return running(process, resume(opening.rest, output), stop);
  }
  process.close();
  if (!isShellMissing(opening.line)) throw new RuntimeUnavailable(`It did not begin: ${opening.line.slice(0, 300)}`);
  if (command.length === 0) throw new ExecRefused('no_shell', 'Its image has no shell: name a command that it has.');
  const plain = await begin(command, terminal);
  return running(plain, plain.output, async () => {});
}

/** As runc, and what stands on it, says it. */
function isShellMissing(text: string): boolean {
  return /no such file or directory|executable file not found/i.test(text);
}

function running(process: ExecProcess, output: AsyncIterable<ExecOutput>, end: () => Promise<void>): RunningExec {
  let hasEnded = false;
  return {
    output: (async function* () {
      yield* output;
      hasEnded = true;
    })(),
    write: (bytes) => process.write(bytes),
    end: () => process.end(),
    resize: (size) => process.resize(size),
    exitCode: () => process.exitCode(),
    async stop() {
      try {
        if (!hasEnded) await end();
      } finally {
        hasEnded = true;
        process.close();
      }
    },
  };
}

/** Read to its end: only then it is done. */
async function end(begin: BeginProcess, session: number): Promise<void> {
  const process = await begin(makeEndCommand(session), null);
  process.end();
  for await (const _ of process.output);
  process.close();
}

interface Opening {
  /** What it said first; where that was no line of its output, what it said of errors. */
  readonly line: string;
  /** What came with the line, and belongs to the command. */
  readonly rest: readonly ExecOutput[];
}

/** The outputs come each at its own pace: what is said of errors may overtake the first line. */
async function readOpening(output: AsyncIterator<ExecOutput>): Promise<Opening> {
  const rest: ExecOutput[] = [];
  let line: Uint8Array = new Uint8Array();
  let errors: Uint8Array = new Uint8Array();
  while (line.length < longestOpeningBytes && errors.length < longestErrorBytes) {
    const { value, done } = await output.next();
    if (done) break;
    const { stream, bytes } = value as ExecOutput;
    if (stream === 'stderr') {
      rest.push({ stream, bytes });
      errors = join(errors, bytes);
      continue;
    }
    const at = bytes.indexOf(10);
    line = join(line, at < 0 ? bytes : bytes.subarray(0, at));
    if (at < 0) continue;
    if (at + 1 < bytes.length) rest.push({ stream, bytes: bytes.subarray(at + 1) });
    break;
  }
  const decoder = new TextDecoder();
  return { line: decoder.decode(line.length > 0 ? line : errors), rest };
}

function join(before: Uint8Array, after: Uint8Array): Uint8Array {
  const both = new Uint8Array(before.length + after.length);
  both.set(before);
  both.set(after, before.length);
  return both;
}

async function* resume(first: readonly ExecOutput[], rest: AsyncIterator<ExecOutput>): AsyncGenerator<ExecOutput> {
  try {
    yield* first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function within<T>(clock: Clock, ms: number, what: string, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(
    () => {
      throw new RuntimeUnavailable(`${what} within ${ms / 1_000} s`);
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}
