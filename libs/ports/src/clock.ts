import type { EpochMs } from '@sconce/core';

/** Time comes in from outside, so that tests move it. */
export interface Clock {
  now(): EpochMs;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
