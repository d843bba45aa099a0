import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { heardServerTime, serverNow } from './server-clock.ts';

const now = Date.parse('2026-11-27T12:00:00.250Z');
const hour = 3_600_000;

beforeEach(() => void vi.useFakeTimers({ now }));
afterEach(() => {
  heardServerTime(new Date(now).toUTCString(), now);
  vi.useRealTimers();
});

it('is this machine’s time where both clocks agree to a second or two', () => {
  heardServerTime('Fri, 27 Nov 2026 11:59:59 GMT', now);
  expect(serverNow()).toBe(now);
});

it.each([hour, -hour])('is the server’s where this machine’s is off by %d ms', (off) => {
  heardServerTime(new Date(now - off).toUTCString(), now);
  expect(Math.abs(serverNow() - (now - off))).toBeLessThanOrEqual(500);
  // Answers that take a moment longer or shorter move nothing.
  const before = serverNow();
  heardServerTime(new Date(now - off - 1_000).toUTCString(), now);
  expect(serverNow()).toBe(before);
});

it('goes back when the clock was set right', () => {
  heardServerTime(new Date(now - hour).toUTCString(), now);
  heardServerTime(new Date(now).toUTCString(), now);
  expect(serverNow()).toBe(now);
});

it('takes no word from an answer without a date', () => {
  heardServerTime(null, now);
  heardServerTime('yesterday', now);
  expect(serverNow()).toBe(now);
});
