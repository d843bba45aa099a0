import { describe, expect, it } from 'vitest';
import { manualClock } from './manual-clock.ts';

describe('manualClock', () => {
  it('wakes sleepers in order, each at its own time', async () => {
    const clock = manualClock(1_000);
    const woken: [string, number][] = [];
    const sleep = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push([name, clock.now()]);
    };
    void sleep('b', 20);
    void sleep('a', 10).then(() => sleep('c', 5));
    await clock.advance(9);
    expect(woken).toEqual([]);
    await clock.advance(100);
    expect(woken).toEqual([
      ['a', 1_010],
      ['c', 1_015],
      ['b', 1_020],
    ]);
    expect(clock.now()).toBe(1_109);
    expect(clock.sleepers).toBe(0);
  });

  it('rejects with the reason of the signal and forgets the sleeper', async () => {
    const clock = manualClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(1_000, abort.signal);
    expect(clock.nextWake).toBe(clock.now() + 1_000);
    abort.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    expect(clock.nextWake).toBeNull();
    await expect(clock.sleep(1, abort.signal)).rejects.toThrow('enough');
  });
});
