import { describe, expect, it } from 'vitest';
import { isWorthReading } from './last-lines.ts';

describe('isWorthReading', () => {
  it.each(['', '  ', '#2 DONE 0.0s', '#3 sha256:d35152d5ebd6', '#4 CACHED', '------'])('leaves out %j', (text) => {
    expect(isWorthReading(text)).toBe(false);
  });

  it.each([
    '#6 0.213 about-to-fail',
    '#3 ERROR: failed to do request',
    ' > [2/3] RUN pip install',
    'E: Unable to locate package',
  ])('keeps %j', (text) => {
    expect(isWorthReading(text)).toBe(true);
  });
});
