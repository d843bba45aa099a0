import { silentLog } from '@sconce/foundation';
import { type TemporaryRedis, temporaryRedis, waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openQueue, type Queue, QueueUnavailable } from './index.ts';

let redis: TemporaryRedis;
const open: Queue[] = [];

beforeAll(async () => {
  redis = await temporaryRedis();
});
afterEach(async () => {
  redis.resume();
  await Promise.all(open.splice(0).map((queue) => queue.close(1_000)));
  await redis.flush();
});
afterAll(() => redis.stop());

function queue(lockMs = 1_000): Queue {
  const opened = openQueue({ url: redis.url, log: silentLog, lockMs });
  open.push(opened);
  return opened;
}

const delivery = (id: string) => ({ message: 'process-delivery', payload: { delivery: id }, key: id });

it('hands a message to one of two consumers', async () => {
  const [a, b] = [queue(), queue()];
  const seen: string[] = [];
  for (const each of [a, b])
    each.consume('process-delivery', async ({ delivery: id }) => void seen.push(id), { concurrency: 4 });
  const sent = Array.from({ length: 20 }, (_, i) => `d${i}`);
  for (const [index, id] of sent.entries()) {
    await a.send([delivery(id)]);
    await waitUntil('the message', () => seen.length > index);
  }
  expect(seen).toEqual(sent);
});

it('adds a key once while it waits, and again once it is done', async () => {
  const one = queue();
  await one.send([delivery('same'), delivery('same')]);
  await one.send([delivery('same')]);
  let runs = 0;
  one.consume(
    'process-delivery',
    async () => {
      runs += 1;
    },
    { concurrency: 2 },
  );
  await one.send([delivery('last')]);
  await waitUntil('both keys', () => runs === 2);
  await waitUntil('the key again', async () => {
    // The message leaves Redis a moment after its handler is through.
    await one.send([delivery('same')]);
    return runs >= 3;
  });
});

it('tries a failed message again, and says which attempt it is', async () => {
  const one = queue();
  const attempts: number[] = [];
  one.consume(
    'process-delivery',
    async (_, __, attempt) => {
      attempts.push(attempt.number);
      if (attempt.number < 3) throw new Error('not yet');
    },
    { concurrency: 1 },
  );
  await one.send([delivery('flaky')]);
  await waitUntil('the third attempt', () => attempts.length === 3);
  expect(attempts).toEqual([1, 2, 3]);
});

it('says that Redis does not answer, and goes on when it does again', async () => {
  const one = queue();
  const seen: string[] = [];
  one.consume('process-delivery', async ({ delivery: id }) => void seen.push(id), { concurrency: 1 });
  await one.send([delivery('before')]);
  await waitUntil('the first', () => seen.includes('before'));
  redis.hang();
  await expect(one.send([delivery('hung')])).rejects.toThrow(QueueUnavailable);
  redis.resume();
  await waitUntil('a message after it', async () => {
    await one.send([delivery('after')]);
    return seen.includes('after');
  });
});

it('goes on after Redis was killed and after it was flushed', async () => {
  const one = queue();
  const seen: string[] = [];
  one.consume('process-delivery', async ({ delivery: id }) => void seen.push(id), { concurrency: 1 });
  await redis.crash();
  await waitUntil('a message after the crash', async () => {
    await one.send([delivery('crashed')]);
    return seen.includes('crashed');
  });
  await redis.flush();
  await one.send([delivery('flushed')]);
  await waitUntil('a message after the flush', () => seen.includes('flushed'));
});

it('answers and closes when Redis was never there', async () => {
  const nowhere = openQueue({ url: 'redis://127.0.0.1:1', log: silentLog });
  await expect(nowhere.send([delivery('x')])).rejects.toThrow(QueueUnavailable);
  await nowhere.close();
});

it('tells handlers to end when it closes, and leaves what they did not finish to others', async () => {
  const first = queue();
  let started = false;
  first.consume(
    'run-build',
    (_, signal) =>
      new Promise((_resolve, reject) => {
        started = true;
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    { concurrency: 1 },
  );
  await first.send([{ message: 'run-build', payload: { build: 'bld_1' }, key: 'bld_1' }]);
  await waitUntil('the handler to start', () => started);
  await first.close();
  const second = queue();
  let taken = false;
  second.consume(
    'run-build',
    async () => {
      taken = true;
    },
    { concurrency: 1 },
  );
  await waitUntil('another to take it', () => taken);
});

it('refuses payloads that the catalogue does not know, and drops messages it does not know', async () => {
  const one = queue();
  const seen: unknown[] = [];
  one.consume('process-delivery', async (payload) => void seen.push(payload), { concurrency: 1 });
  await one.send([
    { message: 'process-delivery', payload: { delivery: 1 }, key: 'wrong' },
    { message: 'no-such-message', payload: {}, key: 'unknown' },
    delivery('right'),
  ]);
  await waitUntil('the right one', () => seen.length > 0);
  expect(seen).toEqual([{ delivery: 'right' }]);
});

it('hands over to its own consumers without Redis, as far as they have room', async () => {
  const one = queue();
  const begun: string[] = [];
  const held = Promise.withResolvers<void>();
  one.consume(
    'process-delivery',
    async ({ delivery: id }) => {
      begun.push(id);
      await held.promise;
    },
    { concurrency: 2 },
  );
  redis.hang();
  const build = { message: 'run-build', payload: { build: 'b' }, key: 'b' };
  const rest = one.handOver([delivery('a'), delivery('a'), delivery('b'), delivery('c'), build]);
  expect(rest).toEqual([delivery('c'), build]);
  expect(begun).toEqual(['a', 'b']);
  held.resolve();
  await waitUntil('room again', () => one.handOver([delivery('c')]).length === 0);
});

it('works once on what it was handed over and sent, and sends what failed', async () => {
  const one = queue();
  const attempts: number[] = [];
  const held = Promise.withResolvers<void>();
  one.consume(
    'process-delivery',
    async (_, __, attempt) => {
      attempts.push(attempt.number);
      await held.promise;
      if (attempts.length === 1) throw new Error('not yet');
    },
    { concurrency: 2 },
  );
  expect(one.handOver([delivery('both')])).toEqual([]);
  await one.send([delivery('both')]);
  held.resolve();
  await waitUntil('the second attempt', () => attempts.length === 2);
  await one.send([delivery('other')]);
  await waitUntil('another', () => attempts.length === 3);
  expect(one.handOver([delivery('lost')])).toEqual([]);
  await waitUntil('one more', () => attempts.length === 4);
});

it('lets another process have what was handed over when it stops', async () => {
  const first = queue();
  const started = Promise.withResolvers<void>();
  first.consume(
    'run-build',
    (_, signal) =>
      new Promise((_resolve, reject) => {
        started.resolve();
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    { concurrency: 1 },
  );
  first.handOver([{ message: 'run-build', payload: { build: 'bld_2' }, key: 'bld_2' }]);
  await started.promise;
  await first.close();
  const second = queue();
  let taken = false;
  second.consume(
    'run-build',
    async () => {
      taken = true;
    },
    { concurrency: 1 },
  );
  await waitUntil('another to take it', () => taken);
});

it('leaves to others what it has no hand free for, and does it itself when nobody else is there', async () => {
  const busy = queue();
  const held = Promise.withResolvers<void>();
  const seen: string[] = [];
  const consume = (one: Queue, name: string) =>
    one.consume(
      'process-delivery',
      async ({ delivery: id }) => {
        seen.push(`${name} ${id}`);
        if (id === 'long') await held.promise;
      },
      { concurrency: 1 },
    );
  consume(busy, 'busy');
  busy.handOver([delivery('long')]);
  await busy.send([delivery('one')]);
  const idle = queue();
  consume(idle, 'idle');
  await waitUntil('the idle one to take it', () => seen.includes('idle one'));
  await idle.close();
  await busy.send([delivery('two')]);
  held.resolve();
  await waitUntil('the busy one to come to it', () => seen.includes('busy two'));
  expect(seen).toEqual(['busy long', 'idle one', 'busy two']);
});
