import { afterEach, beforeEach, expect, it } from 'vitest';
import { followTail, SharedTail, type TailSource } from './shared-tail.ts';

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

/** A log of numbers, and how often it was read. */
function logOf(...numbers: number[]) {
  const log = { numbers, reads: 0 };
  const source: TailSource<number, number> = {
    read: async (after) => {
      log.reads += 1;
      await turnsOfLoop(1);
      return log.numbers.filter((one) => one > after);
    },
    positionOf: (one) => one,
    compare: (a, b) => a - b,
    keep: 10,
    onError: (error) => {
      throw error;
    },
  };
  return { log, source };
}

const turnsOfLoop = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

it('does not read again and again for who stands before where it begins, while nothing happens', async () => {
  const { log, source } = logOf(1, 2);
  const tail = new SharedTail(source, 5);
  const following = followTail(tail, source, { after: 2, signal: stop.signal });
  const first = following.next();
  await turnsOfLoop(50);
  expect(log.reads).toBe(1);
  log.numbers.push(6);
  tail.refresh();
  expect(await first).toEqual({ done: false, value: [6] });
});

it('misses nothing that stands before where it begins', async () => {
  const { source } = logOf(1, 2, 3);
  const tail = new SharedTail(source, 5);
  const following = followTail(tail, source, { after: 1, signal: stop.signal });
  expect(await following.next()).toEqual({ done: false, value: [2, 3] });
});
