/** How often somebody may fail before they have to wait, and how long. */
export interface AttemptPolicy {
  /** Failures without any wait. */
  readonly free: number;
  readonly firstWaitMs: number;
  /** Each further failure doubles the wait, up to this. */
  readonly longestWaitMs: number;
  /** After so long without a failure, all are forgotten. */
  readonly forgetAfterMs: number;
}

export interface PastAttempts {
  readonly failures: number;
  readonly lastAtMs: number;
}

/** Of one account. At its longest wait somebody can guess 96 times a day; a password that keeps the rules stands that for ever. */
export const accountAttempts: AttemptPolicy = {
  free: 5,
  firstWaitMs: 15_000,
  longestWaitMs: 15 * 60_000,
  forgetAfterMs: 24 * 3_600_000,
};

/** Of one address, over all accounts. An office shares one, so there is more room. */
export const addressAttempts: AttemptPolicy = {
  free: 30,
  firstWaitMs: 15_000,
  longestWaitMs: 15 * 60_000,
  forgetAfterMs: 3_600_000,
};

/** How long to wait before another try is looked at; 0: it is looked at now. */
export function waitBeforeAttempt(policy: AttemptPolicy, past: PastAttempts | null, nowMs: number): number {
  if (past === null || isForgotten(policy, past, nowMs) || past.failures < policy.free) return 0;
  // An exponent beyond 40 says nothing more, and would not stay a number.
  const doublings = Math.min(past.failures - policy.free, 40);
  const waitMs = Math.min(policy.firstWaitMs * 2 ** doublings, policy.longestWaitMs);
  return Math.max(0, past.lastAtMs + waitMs - nowMs);
}

/** What is remembered once a try is under way: it counts as failed until it succeeded, so that many at once gain nothing. */
export function afterAttempt(policy: AttemptPolicy, past: PastAttempts | null, nowMs: number): PastAttempts {
  const failures = past === null || isForgotten(policy, past, nowMs) ? 0 : past.failures;
  return { failures: failures + 1, lastAtMs: nowMs };
}

function isForgotten(policy: AttemptPolicy, past: PastAttempts, nowMs: number): boolean {
  return nowMs - past.lastAtMs >= policy.forgetAfterMs;
}
