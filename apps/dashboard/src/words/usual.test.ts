import { expect, it } from 'vitest';
import { usualBuildMs } from './usual.ts';

const took = (seconds: number, rest: object = {}) => ({
  phase: 'succeeded' as const,
  startedAt: new Date(0).toISOString(),
  endedAt: new Date(seconds * 1_000).toISOString(),
  reusedBuild: null,
  ...rest,
});

it('is the median of builds that built, and nothing before there were three', () => {
  expect(usualBuildMs([took(10), took(90), took(20)])).toBe(20_000);
  expect(usualBuildMs([took(10), took(20)])).toBeNull();
  expect(
    usualBuildMs([took(10), took(1, { reusedBuild: 'bld_1' }), took(2, { phase: 'failed' }), took(20)]),
  ).toBeNull();
});
