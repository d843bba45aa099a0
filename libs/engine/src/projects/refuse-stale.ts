import { Rejection } from '../rejection.ts';

/** Compare under the row's lock: of two changes meant for one version, the second is refused. Null takes what stands. */
export function refuseStale(expected: number | null, actual: number): void {
  if (expected === null || expected === actual) return;
  throw new Rejection(
    'precondition_failed',
    `It is at version ${actual} now, and the change was meant for version ${expected}`,
    {
      hint: 'Read it again, and repeat the change if it still holds.',
    },
  );
}
