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
    return {
      message,
      code,
      hint: hintFor(error),
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
      message: mayBeDone ? `${message}: whether it was done is not known` : `${message}${whyUnreachable(error)}`,
      code: 'unreachable',
      hint: mayBeDone ? 'Look at what is there before you repeat it.' : whatToTry(message),
      exitCode: exitCodes.unreachable,
    };
  }
  return { ...plain, message, code: 'unexpected', exitCode: exitCodes.failed };
}

/** The API's own next step, in the words of the command line where it speaks of requests. */
function hintFor({ status, hint, message }: ProblemLike): string | null {
  if (status === 401) return 'Give a token that works: sconce login, SCONCE_TOKEN or --token';
  if (hint !== null || status !== 404) return hint;
  const noun = /no such ([a-z ]+?)(?:,|\.|$)/.exec(message)?.[1] ?? '';
  return lists[noun] === undefined ? null : `See them: sconce ${lists[noun]}`;
}

const lists: Readonly<Record<string, string>> = {
  service: 'status',
  project: 'projects',
  environment: 'environments',
  repository: 'repositories',
  'branch rule': 'branch-rules',
  delivery: 'deliveries',
  build: 'builds',
  release: 'releases',
  rollout: 'rollouts',
  'secret group': 'secrets',
  token: 'tokens',
  user: 'users',
  session: 'sessions',
};

/** What the system says of a connection that did not come about, for people. */
const reasons: readonly (readonly [code: RegExp, words: string])[] = [
  [/^ECONNREFUSED$/, 'nothing listens there'],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'there is no host of that name'],
  [/^(?:EHOSTUNREACH|ENETUNREACH)$/, 'there is no way to it'],
  [/TIMEDOUT|TIMEOUT/, 'it took too long'],
  [/CERT|SIGNATURE|SELF_SIGNED/, 'its certificate is not trusted here'],
  [/^(?:EPROTO|ERR_SSL_\w+)$/, 'it does not speak https there'],
];

function whyUnreachable(error: Error): string {
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : '';
    const words = reasons.find(([pattern]) => pattern.test(code))?.[1];
    if (words !== undefined) return `: ${words}`;
  }
  return '';
}

function whatToTry(message: string): string {
  const isHere = /https?:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::|\/| )/.test(message);
  if (isHere) return 'Is it running? `sconce up` starts it on this machine.';
  return 'Is the address right, and can this machine reach it? Another one: --api-url <url>';
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
  // The first one is what the message says already.
  const more = failure.errors.filter(
    ({ path, message }) => ![message, `${path}: ${message}`].includes(failure.message),
  );
  for (const { path, message } of more.slice(0, 20)) terminal.note(`    ${cleanText(path)}: ${cleanText(message)}`);
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
