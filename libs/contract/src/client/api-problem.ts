import type { FieldProblem, Problem, ProblemCode } from '../shape/problem.ts';

/** The server's answer was a problem: what was wrong, where, and what to do next. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: ProblemCode | 'unknown';
  readonly hint: string | null;
  readonly errors: readonly FieldProblem[];
  readonly requestId: string | null;
  /** When the server said so: wait this long before another try. */
  readonly retryAfterMs: number | null;

  constructor(status: number, body: Partial<Problem>, retryAfterMs: number | null) {
    super(body.detail ?? body.title ?? `The server answered ${status}`);
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.hint = body.hint ?? null;
    this.errors = body.errors ?? [];
    this.requestId = body.requestId ?? null;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer came: the server is not there, or the connection broke. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable';
  /** Of a write: it was sent, or may have been, so whether it was done is not known. */
  readonly mayBeDone: boolean;

  constructor(
    message: string,
    { mayBeDone = false, ...options }: ErrorOptions & { readonly mayBeDone?: boolean } = {},
  ) {
    super(message, options);
    this.mayBeDone = mayBeDone;
  }
}

export async function toApiProblem(response: Response): Promise<ApiProblem> {
  const text = await response.text().catch(() => '');
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiProblem(response.status, parseProblem(text), Number.isFinite(seconds) ? seconds * 1_000 : null);
}

function parseProblem(text: string): Partial<Problem> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Partial<Problem>) : {};
  } catch {
    return {};
  }
}
