import type { ReplicaRef, Runtime } from './runtime.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ExecRequest {
  readonly replica: ReplicaRef;
  /** A sidecar's name; null: the replica's own process. */
  readonly sidecar: string | null;
  /** Empty: the shell of the image. */
  readonly command: readonly string[];
  /** Null: its input and outputs are plain. */
  readonly terminal: TerminalSize | null;
}

export interface ExecOutput {
  /** With a terminal everything is stdout. */
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** A command that runs in a replica for somebody. */
export interface RunningExec {
  /** To be read once. Whoever reads slowly holds the command back. Ends with it. Throws `RuntimeUnavailable` where the engine was lost. */
  readonly output: AsyncIterable<ExecOutput>;
  /** Resolves when there is room for more; what a command that has ended does not read is dropped. */
  write(bytes: Uint8Array): Promise<void>;
  /** It reads the end of its input. With a terminal that is a key (Ctrl-D), and this does nothing. */
  end(): void;
  resize(size: TerminalSize): Promise<void>;
  /** Its exit code, once its output has been read to the end. Throws `RuntimeUnavailable`. */
  exitCode(): Promise<number>;
  /**
   * Ends it with all that it began in its session: by hanging up, then by force. In an image without `/bin/sh` it is only cut off. Fine when it has
   * ended. Throws `RuntimeUnavailable` where nobody could be told.
   */
  stop(): Promise<void>;
}

/** Power found by `execution(runtime)`: runs commands inside replicas. */
export interface Execution {
  /** Throws `ExecRefused`, and `RuntimeUnavailable` when the engine is away. */
  exec(request: ExecRequest): Promise<RunningExec>;
}

export function execution(runtime: Runtime): Execution | null {
  return 'exec' in runtime ? (runtime as Runtime & Execution) : null;
}

export type ExecRefusal = 'replica_gone' | 'not_running' | 'no_such_container' | 'no_shell' | 'not_allowed';

/** It cannot be run there, as the message says to people; nothing was begun. */
export class ExecRefused extends Error {
  override readonly name = 'ExecRefused';
  readonly code: ExecRefusal;

  constructor(code: ExecRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
