import { type FieldProblem, type Problem, type ProblemCode, problems } from '@sconce/contract';
import { Rejection } from '@sconce/engine';
import type { z } from 'zod';

/** A problem that the HTTP side itself finds. Verbs throw `Rejection`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ProblemCode;
  readonly hint: string | null;
  readonly errors: readonly FieldProblem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      hint?: string | null;
      errors?: readonly FieldProblem[];
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.code = code;
    this.hint = options.hint ?? null;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
}

const mostErrors = 20;
const longestText = 300;

/** Field by field what a schema found wrong. Values are never repeated, names of unknown fields only in part. */
export function toFieldProblems(error: z.ZodError, prefix = ''): FieldProblem[] {
  const found = error.issues.flatMap((issue): FieldProblem[] => {
    const path = [prefix, ...issue.path.map(String)].filter(Boolean).join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: clip([path, key].filter(Boolean).join('.'), 100),
        code: 'unknown_field',
        message: 'There is no such field here',
      }));
    }
    return [{ path: clip(path, 100), code: issue.code, message: clip(wordsOf(issue), 200) }];
  });
  return found.slice(0, mostErrors);
}

/** Where the schema says nothing itself, the library's words are about programs. */
function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0] ? wordsOf(issue.issues[0]) : issue.message;
  if (!/^(?:Invalid (?:option|input)|Too (?:big|small)): expected /.test(issue.message)) return issue.message;
  if (issue.code === 'invalid_value') return `One of ${issue.values.join(', ')}`;
  if (issue.code === 'too_big') return `At most ${issue.maximum}${unitOf(issue.origin)}`;
  if (issue.code === 'too_small') return `At least ${issue.minimum}${unitOf(issue.origin)}`;
  if (issue.code !== 'invalid_type') return issue.message;
  return issue.message.endsWith('received undefined') ? 'It is missing' : `Not of the type ${issue.expected}`;
}

function unitOf(origin: string): string {
  return origin === 'string' ? ' characters' : origin === 'array' ? ' of them' : '';
}

export function invalid(what: string, error: z.ZodError, prefix = ''): ApiError {
  const errors = toFieldProblems(error, prefix);
  const first = errors[0];
  const detail = first ? `${first.path || what}: ${first.message}` : `${what} cannot be taken`;
  return new ApiError('invalid', detail, { errors });
}

/** The body of an answer to `error`, or null when it is a fault of ours and nothing of it may be shown. */
export function toProblem(error: unknown, requestId: string): Problem | null {
  if (!(error instanceof ApiError || error instanceof Rejection)) return null;
  return makeProblem(error.code, error.message, requestId, { errors: error.errors, hint: error.hint });
}

export function makeProblem(
  code: ProblemCode,
  detail: string,
  requestId: string,
  more: { errors?: readonly FieldProblem[]; hint?: string | null } = {},
): Problem {
  const { status, title } = problems[code];
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail: clip(detail, longestText),
    code,
    requestId,
    ...(more.errors && more.errors.length > 0 ? { errors: [...more.errors] } : {}),
    ...(more.hint ? { hint: clip(more.hint, longestText) } : {}),
  };
}

function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

/** True when Postgres does not answer, refuses connections or cut one: a fault that passes. */
export function isDatabaseAway(error: unknown): boolean {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 6; cause = cause.cause, depth += 1) {
    const code = 'code' in cause ? String(cause.code) : '';
    if (
      /^(?:08\w{3}|57P0[1-5]|53\w{3}|25006|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|P1001|P1002|P1008|P1017|P2024|P2028)$/.test(
        code,
      )
    )
      return true;
    if (
      /timeout exceeded when trying to connect|Connection terminated|Can't reach database|Server has closed the connection|Unable to start a transaction|DriverAdapterError: (?:DatabaseNotReachable|ConnectionClosed|TooManyConnections)/i.test(
        `${cause.name}: ${cause.message}`,
      )
    )
      return true;
  }
  return false;
}

/** Two transactions waited for each other, or could not be put in an order, and Postgres ended this one. */
export function isDeadlock(error: unknown): boolean {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 6; cause = cause.cause, depth += 1) {
    if ('code' in cause && /^(?:40P01|40001|P2034)$/.test(String(cause.code))) return true;
    if (/\b(?:40P01|40001)\b|deadlock detected/.test(cause.message)) return true;
  }
  return false;
}
