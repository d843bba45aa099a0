/**
 * The caller's mistake or a state that forbids the act; becomes a problem+json. Anything else that is thrown is a fault of ours or of
 * something outside, and is never shown to callers.
 */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  readonly code: RejectionCode;
  /** What to do next, in words. */
  readonly hint: string | null;
  readonly errors: readonly FieldError[];

  constructor(
    code: RejectionCode,
    message: string,
    options: { hint?: string | null; errors?: readonly FieldError[] } = {},
  ) {
    super(message);
    this.code = code;
    this.hint = options.hint ?? null;
    this.errors = options.errors ?? [];
  }
}

export type RejectionCode =
  | 'not_found'
  | 'invalid'
  | 'conflict'
  | 'already_exists'
  | 'precondition_failed'
  | 'forbidden'
  | 'limit_reached'
  | 'cannot_run_here'
  | 'nothing_to_roll_back_to'
  | 'image_collected'
  | 'already_ended';

export interface FieldError {
  /** JSON path of the field: `probe.path`. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}
