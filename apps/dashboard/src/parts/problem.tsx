import { ApiProblem, ApiUnreachable } from '@sconce/contract';
import { isUnsure, ReadSince } from '../words/unsure.ts';
import { Button } from './button.tsx';
import styles from './problem.module.css';
import { StateShape } from './state-mark.tsx';

/** What went wrong, in words: of the API its own, of us that it is our fault. */
export function problemWords(error: unknown): { what: string; hint: string | null; id: string | null } {
  if (isUnsure(error)) return unsureWords(error instanceof ReadSince);
  if (error instanceof ApiUnreachable)
    return {
      what: 'The API does not answer.',
      hint: 'Your services keep running without it. Is Sconce up on its machine?',
      id: null,
    };
  if (error instanceof ApiProblem) {
    const fields = error.errors.map(({ path, message }) => `${path}: ${message}`).join('. ');
    const said = fields === '' ? error.message : `${error.message.replace(/\.$/, '')}: ${fields}`;
    return { what: said, hint: error.hint, id: error.requestId };
  }
  return {
    what: 'This page made a mistake.',
    hint: 'Load it anew. If it happens again, tell us what you did.',
    id: null,
  };
}

function unsureWords(isRead: boolean) {
  return isRead
    ? {
        what: 'No answer came, so it is not known whether this was done.',
        hint: 'What you see was read since: look whether it is there before you send it again.',
        id: null,
      }
    : {
        what: 'The API does not answer, so it is not known whether this was done.',
        hint: 'What is there is read as soon as it does.',
        id: null,
      };
}

interface ProblemProps {
  readonly error: unknown;
  /** `The builds could not be read` */
  readonly what?: string;
  readonly onRetry?: (() => void) | undefined;
}

/** Leads with the sentence, then what to do. */
export function Problem({ error, what, onRetry }: ProblemProps) {
  const words = problemWords(error);
  return (
    <div className={styles.problem} role="alert">
      <StateShape state="failed" />
      <div className={styles.words}>
        <p>{what && !isUnsure(error) ? `${what}. ${words.what}` : words.what}</p>
        {words.hint ? <p className={styles.hint}>{words.hint}</p> : null}
        {words.id ? (
          <p className={styles.hint}>
            Request <code>{words.id}</code>
          </p>
        ) : null}
      </div>
      {onRetry ? <Button onClick={onRetry}>Try again</Button> : null}
    </div>
  );
}
