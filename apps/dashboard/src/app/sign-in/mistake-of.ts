import { ApiProblem } from '@sconce/contract';
import { PasskeyDeclined, PasskeyThere } from '../../api/passkeys.ts';
import { problemWords } from '../../parts/problem.tsx';

/** What went wrong, in a sentence or two for beside the field or button. */
export function mistakeOf(error: unknown): string {
  if (error instanceof PasskeyDeclined) return 'Nothing came of it. Try again, or use another way.';
  if (error instanceof PasskeyThere) return 'This device has a passkey for you already.';
  const { what, hint } = problemWords(error);
  const field = error instanceof ApiProblem ? error.errors[0]?.message : undefined;
  const said = field ?? what;
  return [/[.?]$/.test(said) ? said : `${said}.`, hint].filter(Boolean).join(' ');
}
