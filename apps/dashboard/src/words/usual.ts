import type { Build } from '@sconce/contract';

/** How long a build of this service usually takes: the median of the last ones that built something. Null before there were three. */
export function usualBuildMs(
  builds: readonly Pick<Build, 'phase' | 'startedAt' | 'endedAt' | 'reusedBuild'>[],
): number | null {
  const times = builds
    .flatMap(({ phase, startedAt, endedAt, reusedBuild }) =>
      phase === 'succeeded' && reusedBuild === null && startedAt && endedAt
        ? [Date.parse(endedAt) - Date.parse(startedAt)]
        : [],
    )
    .slice(0, 9)
    .sort((a, b) => a - b);
  return times.length < 3 ? null : (times[Math.floor(times.length / 2)] ?? null);
}
