import { openSender } from './open-sender.ts';
import type { Queue, QueueOptions } from './queue.ts';
import { type Consumer, startConsumer } from './start-consumer.ts';

const defaultGraceMs = 10_000;

export function openQueue(options: QueueOptions): Queue {
  const settings = { prefix: 'sconce', lockMs: 10_000, ...options };
  const sender = openSender(settings);
  const stopping = new AbortController();
  const consumers = new Map<string, Consumer[]>();
  let closed: Promise<void> | null = null;
  return {
    send: (messages) => sender.send(messages),
    handOver: (messages) =>
      messages.filter((one) => !consumers.get(one.message)?.some((consumer) => consumer.takeOver(one))),
    consume: (message, handler, { concurrency }) => {
      if (closed !== null) throw new Error(`The queue is closed; ${message} cannot be consumed.`);
      const { send } = sender;
      const consumer = startConsumer({ ...settings, message, concurrency, signal: stopping.signal, send }, handler);
      consumers.set(message, [...(consumers.get(message) ?? []), consumer]);
    },
    close: (graceMs = defaultGraceMs) => {
      closed ??= (async () => {
        const stopped = [...consumers.values()].flat().map((consumer) => consumer.stop(graceMs));
        stopping.abort(new Error('The process is stopping.'));
        await Promise.all(stopped);
        await sender.close();
      })();
      return closed;
    },
  };
}
