import { manualClock } from '@sconce/testkit';
import { describe, expect, it } from 'vitest';
import type { LogFrame } from './log-frames.ts';
import { watchFollower } from './watch-follower.ts';

const frame = (second: number, stream: LogFrame['stream'] = 'stdout'): LogFrame => ({
  stream,
  timestamp: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000000Z`,
  bytes: Buffer.from('text\n'),
});

function aWatch() {
  const clock = manualClock();
  const log: { last: LogFrame | null; asked: number; leftBehind: number } = { last: null, asked: 0, leftBehind: 0 };
  const watch = watchFollower({
    clock,
    patienceMs: 1_000,
    lastFrame: async () => {
      log.asked += 1;
      return log.last;
    },
    onLeftBehind: () => {
      log.leftBehind += 1;
    },
  });
  const seconds = async (count: number) => {
    for (let second = 0; second < count; second += 1) {
      await clock.advance(1_000);
      await new Promise(setImmediate);
    }
  };
  return { clock, log, watch, seconds };
}

describe('watchFollower', () => {
  it('says once that what stands in the log did not come within the patience', async () => {
    const { log, watch, seconds } = aWatch();
    watch.seen(frame(1));
    log.last = frame(2);
    await seconds(1);
    expect(log.leftBehind).toBe(0);
    await seconds(30);
    expect(log.leftBehind).toBe(1);
  });

  it('is content with what came meanwhile, of the same output', async () => {
    const { log, watch, seconds } = aWatch();
    log.last = frame(2);
    await seconds(1);
    watch.seen(frame(2));
    await seconds(1);
    expect(log.leftBehind).toBe(0);
    log.last = frame(3, 'stderr');
    await seconds(2);
    watch.seen(frame(4));
    await seconds(30);
    expect(log.leftBehind).toBe(1);
  });

  it('asks ever less often while nothing comes, and never again once stopped', async () => {
    const { log, watch, seconds } = aWatch();
    await seconds(60);
    const quiet = log.asked;
    expect(quiet).toBeGreaterThan(3);
    expect(quiet).toBeLessThan(10);
    watch.stop();
    await seconds(60);
    expect(log.asked).toBe(quiet);
  });

  it('names the end of the log where it has not come', async () => {
    const { log, watch } = aWatch();
    expect(await watch.missing()).toBeNull();
    log.last = frame(5);
    expect(await watch.missing()).toEqual(frame(5));
    watch.seen(frame(5));
    expect(await watch.missing()).toBeNull();
  });
});
