import { relayOutbox } from '@sconce/db';
import { backoffMs } from '@sconce/foundation';
import { type Queue, QueueUnavailable } from '@sconce/queue';
import type { Deps } from '../deps.ts';

/** Lines at once: enough to keep up with any intake, few enough to be sent within the queue's deadline. */
const batchSize = 500;
const pollMs = 1_000;

/**
 * Hands outbox lines to this process's own consumers as far as they are idle, and to the queue, until the signal aborts. A notification wakes it
 * at once; the poll is for those that were missed. While Redis is away the lines nobody here has room for stay where they are. What was handed
 * over and dies with this process is found by a sweeper, since Postgres says that it is unfinished.
 */
export async function runOutboxRelay(
  deps: Deps & { readonly queue: Pick<Queue, 'send' | 'handOver'> },
  signal: AbortSignal,
): Promise<void> {
  let woken = Promise.withResolvers<void>();
  const wake = () => woken.resolve();
  const listening = deps.db.listen('sconce_outbox', wake, signal);
  signal.addEventListener('abort', wake, { once: true });
  for (let failures = 0; !signal.aborted; ) {
    // Taken before looking: what is announced from here on is seen by the next round.
    woken = Promise.withResolvers<void>();
    try {
      const sent = await relayOutbox(deps.db.transaction, batchSize, (lines) =>
        deps.queue.send(deps.queue.handOver(lines)),
      );
      failures = 0;
      if (sent === batchSize) continue;
      const poll = setTimeout(wake, pollMs);
      await woken.promise;
      clearTimeout(poll);
    } catch (error) {
      // That Redis is away is said once by its connection.
      if (!(error instanceof QueueUnavailable)) deps.log.warn({ err: error }, 'the outbox could not be relayed');
      await pause(deps, 50 + backoffMs(failures, 100, 2_000), signal);
      failures += 1;
    }
  }
  await listening;
}

function pause(deps: Deps, ms: number, signal: AbortSignal): Promise<void> {
  return deps.clock.sleep(ms, signal).catch(() => {});
}
