import { findUnclaimedBuilds, findWaitingDeliveries, retryKey } from '@sconce/db';
import type { MessageToSend, Queue } from '@sconce/queue';
import type { Deps } from '../deps.ts';

const limit = 200;

/**
 * Says again what Postgres knows to be unfinished: Redis may have been flushed, or a worker died. Answers how many messages were sent; a
 * message that the queue still has is not added twice, and one too many does no harm.
 */
export async function sweepUnfinished(
  deps: Pick<Deps, 'db'> & { readonly queue: Pick<Queue, 'send'> },
  olderThanMs: number,
): Promise<number> {
  const [deliveries, builds] = await Promise.all([
    findWaitingDeliveries(deps.db.tx, olderThanMs, limit),
    findUnclaimedBuilds(deps.db.tx, olderThanMs, limit),
  ]);
  const messages: MessageToSend[] = [
    ...deliveries.map((id) => ({ message: 'process-delivery', payload: { delivery: id }, key: id })),
    // The queue may still hold the message under which a worker died; its next run goes by another key.
    ...builds.map(({ id, phase, epoch }) => {
      return { message: 'run-build', payload: { build: id }, key: phase === 'queued' ? id : retryKey(id, epoch) };
    }),
  ];
  if (messages.length > 0) await deps.queue.send(messages);
  return messages.length;
}
