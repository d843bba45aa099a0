import type { Log } from '@sconce/foundation';
import { Queue as BullQueue, type JobsOptions } from 'bullmq';
import { connectRedis } from './connect-redis.ts';
import { isMessageName, type MessageName, messageCatalogue } from './message-catalogue.ts';
import { type MessageToSend, QueueUnavailable } from './queue.ts';
import { withDeadline } from './with-deadline.ts';

const sendTimeoutMs = 2_000;
const closeTimeoutMs = 1_000;

export interface Sender {
  send(messages: readonly MessageToSend[]): Promise<void>;
  close(): Promise<void>;
}

export function openSender(options: { url: string; prefix: string; log: Log }): Sender {
  const connection = connectRedis(options.url, 'sender', options.log);
  const queues = new Map<MessageName, BullQueue>();
  const queueOf = (name: MessageName): BullQueue => {
    const known = queues.get(name);
    if (known) return known;
    const queue = new BullQueue(name, { connection, prefix: options.prefix, skipMetasUpdate: true });
    // The connection says it already; unheard errors would end the process.
    queue.on('error', () => {});
    queues.set(name, queue);
    return queue;
  };
  return {
    send: async (messages) => {
      if (messages.length === 0) return;
      const byName = groupByName(messages, options.log);
      const sent = Promise.all(
        [...byName].map(([name, group]) => queueOf(name).addBulk(group.map((one) => toJob(name, one)))),
      );
      try {
        await withDeadline(sent, sendTimeoutMs);
      } catch (cause) {
        // A half-open connection would swallow the next ones too.
        if (connection.status === 'ready') connection.disconnect(true);
        throw new QueueUnavailable(`Redis did not take ${messages.length} message(s)`, { cause });
      }
    },
    close: async () => {
      await withDeadline(Promise.all([...queues.values()].map((queue) => queue.close())), closeTimeoutMs).catch(
        () => {},
      );
      connection.disconnect();
    },
  };
}

function groupByName(messages: readonly MessageToSend[], log: Log): Map<MessageName, MessageToSend[]> {
  const groups = new Map<MessageName, MessageToSend[]>();
  for (const message of messages) {
    if (!isMessageName(message.message)) {
      // A newer version wrote it and was taken back: holding it would hold up all that stand behind it.
      log.error({ message: message.message, key: message.key }, 'a message that is not in the catalogue was dropped');
      continue;
    }
    const group = groups.get(message.message);
    if (group) group.push(message);
    else groups.set(message.message, [message]);
  }
  return groups;
}

/** BullMQ keeps colons for itself. */
export function toJobId(key: string): string {
  return key.replaceAll(':', '.');
}

function toJob(name: MessageName, message: MessageToSend): { name: string; data: unknown; opts: JobsOptions } {
  return {
    name,
    data: message.payload,
    opts: {
      // An ended job is removed, so that its key can be sent again.
      jobId: toJobId(message.key),
      attempts: messageCatalogue[name].attempts,
      backoff: { type: 'custom' },
      removeOnComplete: true,
      removeOnFail: true,
    },
  };
}
