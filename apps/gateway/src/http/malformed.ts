import type { ProblemCode } from '../problem.ts';

/** A message that is not answered or forwarded as it stands. `detail` never repeats more than a few characters of it. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
  readonly code: ProblemCode;

  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.code = code;
  }
}
