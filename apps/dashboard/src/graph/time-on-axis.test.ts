import { expect, it } from 'vitest';
import { timeOnAxis } from './time-on-axis.ts';

const at = (hours: number, minutes = 0, seconds = 0) => new Date(2026, 10, 24, hours, minutes, seconds).getTime();

it.each([
  [at(14, 3), 60, '14:03'],
  [at(14, 3, 10), 10, '14:03:10'],
  [at(0), 3_600, '24 Nov'],
  [at(12), 86_400, '24 Nov'],
])('%s in steps of %s s', (ms, step, text) => {
  expect(timeOnAxis(ms, step)).toBe(text);
});
