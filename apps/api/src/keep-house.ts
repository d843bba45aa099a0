import {
  removeEndedTokens,
  removeOldAttempts,
  removeOldChallenges,
  removeOldExecs,
  removeOldIdempotencyKeys,
} from '@sconce/db';
import type { ApiContext } from './context.ts';

const everyMs = 600_000;
const keepExecsMs = 86_400_000;
const keepEndedMs = 7 * 86_400_000;
/** Longer than any failure counts. */
const keepAttemptsMs = 2 * 86_400_000;

/** Removes what has served its time: replies of old Idempotency-Keys, sessions and links that ended. Ends with the server. */
export async function keepHouse(context: ApiContext): Promise<void> {
  const { deps, stopping } = context;
  while (!stopping.aborted) {
    await deps.clock.sleep(everyMs, stopping).catch(() => {});
    if (stopping.aborted) return;
    try {
      await removeOldIdempotencyKeys(deps.db.tx);
      await context.git.sweep();
      await removeEndedTokens(deps.db.tx, new Date(deps.clock.now() - keepEndedMs));
      await removeOldChallenges(deps.db.tx, new Date(deps.clock.now()));
      await removeOldExecs(deps.db.tx, new Date(deps.clock.now() - keepExecsMs));
      await removeOldAttempts(deps.db.tx, new Date(deps.clock.now() - keepAttemptsMs));
    } catch (error) {
      deps.log.warn({ err: error }, 'could not tidy up');
    }
  }
}
