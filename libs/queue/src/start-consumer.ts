import { backoffMs, type Log } from '@sconce/foundation';
import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import { connectRedis } from './connect-redis.ts';
import { makeHands } from './hands.ts';
import { type MessageName, type MessagePayload, messageCatalogue } from './message-catalogue.ts';
import { toJobId } from './open-sender.ts';
import type { MessageHandler, MessageToSend } from './queue.ts';
import { withDeadline } from './with-deadline.ts';

export interface Consumer {
  /** Begins with the message at once; false when there is no room, or it is none that the catalogue knows. */
  takeOver(message: MessageToSend): boolean;
  stop(graceMs: number): Promise<void>;
}

export interface ConsumerOptions<M extends MessageName> {
  readonly url: string;
  readonly prefix: string;
  readonly log: Log;
  readonly lockMs: number;
  readonly message: M;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** For what was taken over and failed. */
  readonly send: (messages: readonly MessageToSend[]) => Promise<void>;
}

/** BullMQ's pause after a failed fetch is 15 s; a Redis that is back is used at once. */
const retryFetchMs = 500;
const disconnectTimeoutMs = 2_000;
/** How long a message stays away from a process that has no hand free for it. */
const busyMs = 100;

/**
 * A lost lock does not stop a handler: the lock lives in Redis, which may be restarted or flushed under it, while what the handler may
 * write is fenced in Postgres.
 */
export function startConsumer<M extends MessageName>(
  options: ConsumerOptions<M>,
  handler: MessageHandler<M>,
): Consumer {
  const { message, log } = options;
  const entry = messageCatalogue[message];
  const connection = connectRedis(options.url, `consumer of ${message}`, log, { forBlocking: true });
  const hands = makeHands(options.concurrency);
  const { running } = hands;
  const perform = async (job: Job, token?: string): Promise<void> => {
    const taken = await hands.takeOn(job.id ?? '', () => handle(job, handler, options));
    if (taken) return;
    // All hands are at what was handed over. Another process may be idle, so the message is not kept waiting here.
    await job.moveToDelayed(Date.now() + busyMs, token);
    throw new DelayedError();
  };
  const worker = new Worker(message, perform, {
    connection,
    prefix: options.prefix,
    concurrency: options.concurrency,
    lockDuration: options.lockMs,
    stalledInterval: Math.ceil(options.lockMs / 2),
    // However often a process dies under a message, it is tried again; `attempts` counts only its own failures.
    maxStalledCount: 1_000,
    runRetryDelay: retryFetchMs,
    settings: {
      backoffStrategy: (made: number) => Math.ceil(backoffMs(made, entry.backoffBaseMs, entry.backoffMaxMs)),
    },
  });
  worker.on('error', (error) => log.debug({ err: error, message }, 'the queue reported an error'));
  worker.on('failed', (job, error) =>
    log.warn({ err: error, message, key: job?.id, attempt: job?.attemptsMade }, 'a message failed'),
  );
  worker.on('stalled', (key) => log.warn({ message, key }, 'a message was taken from a process that went silent'));
  const takeOver = (one: MessageToSend): boolean => {
    const parsed = entry.payload.safeParse(one.payload);
    if (!parsed.success || options.signal.aborted) return false;
    const attempt = { number: 1, isLast: false };
    const work = async () => {
      try {
        await handler(parsed.data as MessagePayload<M>, options.signal, attempt);
      } catch (error) {
        log.warn({ err: error, message, key: one.key }, 'a message that was handed over failed; it goes to the queue');
        await options.send([one]).catch(() => {});
        throw error;
      }
    };
    const taken = hands.take(toJobId(one.key), work);
    taken?.catch(() => {});
    return taken !== null;
  };
  return {
    takeOver,
    stop: async (graceMs) => {
      await worker.pause(true);
      await withDeadline(Promise.allSettled([...running]), graceMs).catch(() => {
        log.warn({ message, left: running.size }, 'handlers did not end in time');
      });
      await withDeadline(worker.close(running.size > 0), disconnectTimeoutMs).catch(() => {});
      connection.disconnect();
    },
  };
}

async function handle<M extends MessageName>(
  job: Job,
  handler: MessageHandler<M>,
  options: ConsumerOptions<M>,
): Promise<void> {
  // What comes while the process stops is another process's.
  options.signal.throwIfAborted();
  const parsed = messageCatalogue[options.message].payload.safeParse(job.data);
  if (!parsed.success)
    throw new UnrecoverableError(`The payload of ${options.message} ${job.id} is not what the catalogue says`);
  const number = job.attemptsMade + 1;
  const isLast = number >= messageCatalogue[options.message].attempts;
  await handler(parsed.data as MessagePayload<M>, options.signal, { number, isLast });
}
