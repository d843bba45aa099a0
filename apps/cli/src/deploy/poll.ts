import { setTimeout as pause } from 'node:timers/promises';
import { ApiProblem, ApiUnreachable } from '@sconce/contract';
import { CliFailure, exitCodes } from '../exit-code.ts';

export interface PollOptions {
  readonly signal: AbortSignal;
  readonly everyMs?: number;
  /** How long the answer may fail to come; null waits as long as it takes. */
  readonly limitMs?: number | null;
  /** Called once when the API stops answering, and not again until it did. */
  readonly onTrouble?: (error: unknown) => void;
}

/** Looks until there is an answer, over restarts of the API too: what was begun goes on without anyone looking. */
export async function poll<T>(what: string, options: PollOptions, look: () => Promise<T | null>): Promise<T> {
  const deadline = options.limitMs == null ? Number.POSITIVE_INFINITY : Date.now() + options.limitMs;
  let troubled = false;
  for (;;) {
    options.signal.throwIfAborted();
    try {
      const answer = await look();
      if (answer !== null) return answer;
      troubled = false;
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (!troubled) options.onTrouble?.(error);
      troubled = true;
    }
    if (Date.now() > deadline)
      throw new CliFailure(`Waited ${Math.round((options.limitMs ?? 0) / 1000)} s for ${what}`, {
        exitCode: exitCodes.failed,
        code: 'timed_out',
        hint: 'See how it is: sconce status',
      });
    await pause(troubled ? 1_000 : (options.everyMs ?? 200), undefined, { signal: options.signal }).catch(() =>
      options.signal.throwIfAborted(),
    );
  }
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof ApiUnreachable || (error instanceof ApiProblem && (error.status === 503 || error.status === 429))
  );
}
