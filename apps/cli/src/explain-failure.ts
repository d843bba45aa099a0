import { CliFailure, type ExitCode, exitCodes, Interrupted } from './exit-code.ts';
import { cleanText } from './terminal/clean-text.ts';
import type { Terminal } from './terminal/terminal.ts';

export interface ExplainedFailure {
  readonly message: string;
  /** The API's code where it came from there. */
  readonly code: string;
  readonly hint: string | null;
  readonly exitCode: ExitCode;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly lines: readonly string[];
  readonly requestId: string | null;
}

const byStatus: Readonly<Record<number, ExitCode>> = {
  401: exitCodes.denied,
  403: exitCodes.denied,
  404: exitCodes.notFound,
};

/** What went wrong, in one shape, whoever said so. Errors of the client are known by name, so that this loads nothing. */
export function explainFailure(error: unknown): ExplainedFailure {
  const plain = { hint: null, errors: [], lines: [], requestId: null };
  if (error instanceof CliFailure)
    return {
      ...plain,
      message: error.message,
      code: error.code,
      hint: error.hint,
      exitCode: error.exitCode,
      lines: error.lines,
    };
  if (error instanceof Interrupted)
    return { ...plain, message: error.message, code: 'interrupted', exitCode: exitCodes.interrupted };
  if (isApiProblem(error)) {
    const { code, message, requestId } = error;
    const hint = error.hint ?? (error.status === 401 ? 'Run: sconce login' : null);
    return {
      message,
      code,
      hint,
      exitCode: byStatus[error.status] ?? exitCodes.failed,
      errors: error.errors,
      lines: [],
      requestId,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'ApiUnreachable') {
    const mayBeDone = 'mayBeDone' in error && error.mayBeDone === true;
    return {
      ...plain,
      message: mayBeDone ? `${message}: whether it was done is not known` : message,
      code: 'unreachable',
      hint: mayBeDone
        ? 'Look at what is there before you repeat it.'
        : 'Is it running? `sconce up` starts it on this machine.',
      exitCode: exitCodes.unreachable,
    };
  }
  return { ...plain, message, code: 'unexpected', exitCode: exitCodes.failed };
}

/** To standard error: one JSON line for scripts, sentences for people. */
export function printFailure(terminal: Terminal, failure: ExplainedFailure, json: boolean): void {
  if (json) {
    const { code, message, hint, exitCode, ...more } = failure;
    terminal.note(JSON.stringify({ error: { code, message, hint, exitCode, ...more } }));
    return;
  }
  const { red, dim } = terminal.noteColours;
  if (failure.code === 'interrupted') {
    terminal.note(failure.message);
    return;
  }
  for (const line of failure.lines) terminal.note(dim(`  | ${cleanText(line)}`));
  terminal.note(
    `${red('✕')} ${cleanText(failure.message)}${failure.code === 'failed' || failure.code === 'unexpected' ? '' : dim(`  (${failure.code})`)}`,
  );
  for (const { path, message } of failure.errors.slice(0, 20))
    terminal.note(`    ${cleanText(path)}: ${cleanText(message)}`);
  if (failure.hint) terminal.note(`  ${cleanText(failure.hint)}`);
  if (failure.code === 'internal' && failure.requestId) terminal.note(dim(`  request ${failure.requestId}`));
}

interface ProblemLike extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly requestId: string | null;
}

function isApiProblem(error: unknown): error is ProblemLike {
  return error instanceof Error && error.name === 'ApiProblem' && 'status' in error;
}
