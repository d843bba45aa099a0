/** Full-jitter exponential back-off (AWS Architecture Blog, 2015): uniform in 0..min(max, base * 2^attempt). */
export function backoffMs(attempt: number, baseMs: number, maxMs: number, random: () => number = Math.random): number {
  return random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
}

export interface RetryClock {
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Calls until it works, `attempts` times at most; throws the last error, or the signal's reason. */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  options: {
    attempts: number;
    baseMs: number;
    maxMs: number;
    clock: RetryClock;
    signal?: AbortSignal;
    isPassing?: (error: unknown) => boolean;
  },
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (attempt + 1 >= options.attempts || options.isPassing?.(error) === false) throw error;
      await options.clock.sleep(backoffMs(attempt, options.baseMs, options.maxMs), options.signal);
    }
  }
}
