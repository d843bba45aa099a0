import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** On its standard input; without, that is empty. */
  readonly input?: string;
  /** Each line of standard error as it comes, to show how it goes. */
  readonly onNote?: (line: string) => void;
}

const mostBytes = 4 * 1024 * 1024;

/** Runs a program with an argument list, never through a shell. Answers also when it failed; throws when it cannot be started or was aborted. */
export function runCommand(program: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { directory, environment, signal, input, onNote } = options;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(program, [...args], {
      cwd: directory,
      env: { ...environment },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const stop = () => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    let [stdout, stderr, partial] = ['', '', ''];
    // Who does not read it says with its exit code why.
    child.stdin?.on('error', () => {}).end(input);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < mostBytes) stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < mostBytes) stderr += text;
      const lines = (partial + text).split(/[\r\n]+/);
      partial = lines.pop() ?? '';
      for (const line of lines) onNote?.(line);
    });
    child.on('error', (cause) => reject(new Error(`${program} could not be started`, { cause })));
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) return reject(signal.reason);
      resolve({ code: code ?? 1, stdout, stderr });
    });
  });
}

/** Runs a program on this terminal: it reads and writes itself. Answers its exit code. */
export function runOnTerminal(
  program: string,
  args: readonly string[],
  options: Pick<CommandOptions, 'directory' | 'environment'>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: options.directory,
      env: { ...options.environment },
      stdio: 'inherit',
    });
    child.on('error', (cause) => reject(new Error(`${program} could not be started`, { cause })));
    child.on('close', (code) => resolve(code ?? 1));
  });
}
