import type { EpochMs } from '@sconce/core';
import type { Clock } from '@sconce/ports';

/** Time that stands until a test moves it. */
export interface ManualClock extends Clock {
  /**
   * Moves on by `ms`, waking sleepers in the order of their times, each at its own time; what one of them does is let finish
   * before the next wakes.
   */
  advance(ms: number): Promise<void>;
  /** How many wait to be woken. */
  readonly sleepers: number;
  /** When the next sleeper wakes; null when none waits. */
  readonly nextWake: EpochMs | null;
}

interface Sleeper {
  readonly at: EpochMs;
  readonly wake: () => void;
}

/** 2026-01-01, unless told otherwise. */
export function manualClock(start: EpochMs = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  let sleepers: readonly Sleeper[] = [];

  return {
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper: Sleeper = { at: now + Math.max(0, ms), wake: resolve };
      const onAbort = () => {
        sleepers = sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      // Of equal times the first to sleep is the first to wake.
      sleepers = [...sleepers, sleeper].sort((a, b) => a.at - b.at);
      try {
        await promise;
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    },
    async advance(ms) {
      const end = now + ms;
      await settleWork();
      for (let next = sleepers[0]; next !== undefined && next.at <= end; next = sleepers[0]) {
        sleepers = sleepers.slice(1);
        now = Math.max(now, next.at);
        next.wake();
        await settleWork();
      }
      now = end;
    },
    get sleepers() {
      return sleepers.length;
    },
    get nextWake() {
      return sleepers[0]?.at ?? null;
    },
  };
}

/** Lets everything run that waits for nothing but promises. */
async function settleWork(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
