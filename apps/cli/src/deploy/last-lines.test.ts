import { describe, expect, it } from 'vitest';
import { isBookkeeping, isWorthReading } from './last-lines.ts';

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

describe('isBookkeeping', () => {
  it.each([
    '#2 DONE 0.0s',
    '#3 sha256:d35152d5ebd6',
    '#1 transferring context: 2B done',
    '#8 naming to docker.io/x',
    '#5 ...',
  ])('is %j', (text) => expect(isBookkeeping(text)).toBe(true));

  it.each(['#4 CACHED', '#6 [2/3] COPY . .', '#6 0.213 DONE', '#6 ERROR: x', 'Building Dockerfile.', ''])(
    'is not %j',
    (text) => {
      expect(isBookkeeping(text)).toBe(false);
    },
  );
});
