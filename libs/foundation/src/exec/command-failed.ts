/** Why a command did not end well. */
export type CommandFailure = 'exit_code' | 'killed' | 'timed_out' | 'output_exceeded' | 'not_started';

/** A child process that did not do its work. The message ends with the last lines it wrote to standard error. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly command: string;
  readonly failure: CommandFailure;
  /** Exit code, or null when it never started or was ended by a signal. */
  readonly code: number | null;
  /** The last lines of standard error, at most 4 KiB. */
  readonly stderrTail: string;

  constructor(facts: {
    command: string;
    failure: CommandFailure;
    what: string;
    code?: number | null;
    stderrTail?: string;
    cause?: unknown;
  }) {
    const tail = facts.stderrTail?.trim() ?? '';
    super(`${facts.command} ${facts.what}${tail === '' ? '' : `: ${tail}`}`, { cause: facts.cause });
    this.command = facts.command;
    this.failure = facts.failure;
    this.code = facts.code ?? null;
    this.stderrTail = tail;
  }
}
