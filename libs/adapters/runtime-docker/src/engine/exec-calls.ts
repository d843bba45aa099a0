import type { Duplex } from 'node:stream';
import type { TerminalSize } from '@sconce/ports';
import type Docker from 'dockerode';
import type { Work } from './engine.ts';

export interface ExecFacts {
  readonly isRunning: boolean;
  readonly exitCode: number | null;
}

/** Running commands in containers; errors are those of the engine's other calls. */
export interface ExecCalls {
  createExec(container: string, command: readonly string[], terminal: TerminalSize | null): Promise<string>;
  /** Begins it. What is written is what it reads; what comes is its output, in frames unless it has a terminal. */
  startExec(id: string, hasTerminal: boolean): Promise<Duplex>;
  inspectExec(id: string): Promise<ExecFacts>;
  /** Fine when it has ended. */
  resizeExec(id: string, size: TerminalSize): Promise<void>;
}

export function execCalls(docker: Docker, call: <T>(attempt: string, work: Work<T>) => Promise<T>): ExecCalls {
  return {
    createExec: (container, command, terminal) =>
      call(`preparing a command in container ${container.slice(0, 12)}`, async (abortSignal) => {
        const made = await docker.getContainer(container).exec({
          Cmd: [...command],
          AttachStdin: true,
          AttachStdout: true,
          AttachStderr: true,
          Tty: terminal !== null,
          abortSignal,
        });
        return made.id;
      }),
    startExec: (id, hasTerminal) =>
      // No signal: it would end the stream as well.
      call('beginning a command', async () => {
        const stream = await docker.getExec(id).start({ hijack: true, stdin: true, Tty: hasTerminal });
        // A broken connection shows to the reader; without a listener it would end the process.
        return stream.on('error', () => undefined);
      }),
    inspectExec: (id) =>
      call('asking how a command ended', async (abortSignal) => {
        const { Running, ExitCode } = await docker.getExec(id).inspect({ abortSignal });
        return { isRunning: Running, exitCode: ExitCode };
      }),
    resizeExec: (id, { columns, rows }) =>
      call('resizing a terminal', async (abortSignal) => {
        await docker
          .getExec(id)
          .resize({ w: columns, h: rows, abortSignal })
          .catch((error: { statusCode?: number }) => {
            if (![404, 409, 500].includes(error.statusCode ?? 0)) throw error;
          });
      }),
  };
}
