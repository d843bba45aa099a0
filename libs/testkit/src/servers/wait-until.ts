import { setTimeout as pause } from 'node:timers/promises';

/**
 * Looks again until `check` answers something other than false, null or undefined; fails with what was waited for. Errors of the check count as "not
 * yet". The deadline is no measure of speed: what has to come sooner than something else is shown by keeping the other from coming.
 */
export async function waitUntil<T>(
  what: string,
  check: () => Promise<T> | T,
  timeoutMs = 60_000,
  everyMs = 20,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown = 'it never held';
  for (;;) {
    try {
      const answer = await check();
      if (answer !== false && answer !== null && answer !== undefined) return answer as NonNullable<Exclude<T, false>>;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms for: ${what}`, { cause: last });
    await pause(everyMs);
  }
}
