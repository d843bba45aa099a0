import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountAttempts,
  addressAttempts,
  afterAttempt,
  type PastAttempts,
  waitBeforeAttempt,
} from './attempt-rules.ts';

describe('attempts', () => {
  it('are free at first, then wait twice as long each time, up to a quarter of an hour', () => {
    let past: PastAttempts | null = null;
    let now = 1_000_000;
    const waits: number[] = [];
    for (let tries = 0; tries < 14; tries += 1) {
      const wait = waitBeforeAttempt(accountAttempts, past, now);
      waits.push(wait / 1_000);
      now += wait;
      expect(waitBeforeAttempt(accountAttempts, past, now)).toBe(0);
      past = afterAttempt(accountAttempts, past, now);
    }
    expect(waits).toEqual([0, 0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900]);
  });

  it('are forgotten after a day without one', () => {
    const past = { failures: 50, lastAtMs: 0 };
    expect(waitBeforeAttempt(accountAttempts, past, 1)).toBeGreaterThan(0);
    expect(waitBeforeAttempt(accountAttempts, past, accountAttempts.forgetAfterMs)).toBe(0);
    expect(afterAttempt(accountAttempts, past, accountAttempts.forgetAfterMs).failures).toBe(1);
  });

  it('never let a guesser have more than a hundred in a day, however they are spaced', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_600_000 }), { maxLength: 400 }), (pauses) => {
        let past: PastAttempts | null = null;
        let now = 0;
        let looked = 0;
        for (const pause of pauses) {
          now += pause;
          if (now >= 86_400_000) break;
          if (waitBeforeAttempt(accountAttempts, past, now) > 0) continue;
          past = afterAttempt(accountAttempts, past, now);
          looked += 1;
        }
        expect(looked).toBeLessThanOrEqual(accountAttempts.free + 8 + 96);
      }),
    );
  });

  it('stay numbers after ever so many failures', () => {
    const wait = waitBeforeAttempt(addressAttempts, { failures: 1e9, lastAtMs: 5 }, 5);
    expect(wait).toBe(addressAttempts.longestWaitMs);
  });
});
