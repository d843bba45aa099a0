import { describe, expect, it } from 'vitest';
import { makeHands } from './hands.ts';

/** Work that ends when the test says so. */
function pieces() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const work = (name: string) => () => {
    begun.push(name);
    const end = Promise.withResolvers<void>();
    ends.set(name, end);
    return end.promise;
  };
  return {
    begun,
    work,
    end: (name: string) => ends.get(name)?.resolve(),
    fail: (name: string) => ends.get(name)?.reject(new Error(name)),
  };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('makeHands', () => {
  it('takes as many at once as it has hands, and no more', () => {
    const { begun, work } = pieces();
    const hands = makeHands(2);
    const taken = ['a', 'b', 'c'].map((key) => hands.take(key, work(key)) !== null);
    expect(taken).toEqual([true, true, false]);
    expect(begun).toEqual(['a', 'b']);
  });

  it('works on a key once, whichever ways it comes', async () => {
    const { begun, work, end } = pieces();
    const hands = makeHands(2);
    const all = [hands.take('a', work('a')), hands.takeOn('a', work('again')), hands.take('a', work('a third time'))];
    await turn();
    end('a');
    await Promise.all(all);
    expect(begun).toEqual(['a']);
    expect(hands.running.size).toBe(0);
  });

  it('lets who waits for a key do the work that failed in other hands', async () => {
    const { begun, work, end, fail } = pieces();
    const hands = makeHands(1);
    const first = hands.take('a', work('direct'));
    const second = hands.takeOn('a', work('queued'));
    fail('direct');
    await expect(first).rejects.toThrow('direct');
    await turn();
    end('queued');
    expect(await second).toBe(true);
    expect(begun).toEqual(['direct', 'queued']);
  });

  it('says at once that all are busy, and has room again after a failure', async () => {
    const { begun, work, end, fail } = pieces();
    const hands = makeHands(1);
    const first = hands.takeOn('a', work('a'));
    expect(await hands.takeOn('b', work('b'))).toBe(false);
    fail('a');
    await expect(first).rejects.toThrow('a');
    const second = hands.takeOn('b', work('b'));
    end('b');
    expect(await second).toBe(true);
    expect(begun).toEqual(['a', 'b']);
  });
});
