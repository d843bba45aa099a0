import { ApiProblem } from '@sconce/contract';
import { cache } from './cache.ts';
import { client } from './client.ts';
import { somebodyKnown } from './session.ts';

const pauseMs = 2_000;

/** Reads all that is shown, as soon as the API answers to somebody it knows. Throws the signal's reason. */
export async function readAnew(signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await client.getMe({ signal });
      await cache.invalidateQueries();
      return signal.throwIfAborted();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ApiProblem && error.status === 401) await somebodyKnown(signal);
      else await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
