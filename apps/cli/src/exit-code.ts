/** What the exit code of `sconce` means; scripts may rely on it. Written out in docs/cli.md. */
export const exitCodes = {
  done: 0,
  /** What was asked for failed, or was refused: in the state things are in, or for a value that the API does not take. */
  failed: 1,
  /** The command was not understood, or something it needs was not named. */
  usage: 2,
  /** No token, or not one that may do this. */
  denied: 3,
  notFound: 4,
  /** The API or git host did not answer. */
  unreachable: 5,
  /** Ctrl-C. What was begun goes on. */
  interrupted: 130,
} as const;

/** The same for people, in a few words each. */
export const exitCodeWords: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done',
  failed: 'failed, or refused as things are',
  usage: 'not understood, or something was not named',
  denied: 'no token that may',
  notFound: 'not found',
  unreachable: 'no answer',
  interrupted: 'interrupted',
};

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command with a sentence for people, a code for scripts, and the next step where there is one. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly hint: string | null;
  /** Last log lines of what failed, oldest first. */
  readonly lines: readonly string[];

  constructor(
    message: string,
    options: {
      exitCode?: ExitCode;
      code?: string;
      hint?: string | null;
      lines?: readonly string[];
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.exitCode = options.exitCode ?? exitCodes.failed;
    this.code = options.code ?? 'failed';
    this.hint = options.hint ?? null;
    this.lines = options.lines ?? [];
  }
}

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
