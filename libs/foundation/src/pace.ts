/** Call it for bytes that were read: resolves when the next ones may be. */
export type Pace = (bytes: number) => Promise<void>;

/** The parts of a clock that this needs. */
export interface PaceClock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Pauses shorter than this are not worth a timer. */
const shortestPauseMs = 20;

/**
 * No more than so many bytes in a second, on the whole: what is read in the background leaves disk and processors to builds and replicas. Rejects
 * when the signal aborts.
 */
export function makePace(clock: PaceClock, bytesPerSecond: number, signal: AbortSignal): Pace {
  let freeAt = clock.now();
  return async (bytes) => {
    const now = clock.now();
    freeAt = Math.max(freeAt, now - shortestPauseMs) + (bytes / bytesPerSecond) * 1_000;
    if (freeAt - now >= shortestPauseMs) await clock.sleep(freeAt - now, signal);
  };
}
