import { BuildFailed, type BuildLimits } from '@sconce/ports';

/** What is said of a build that was ended for taking too long, or for writing too much. */
export function limitReached(which: 'time' | 'output', limits: BuildLimits): BuildFailed {
  if (which === 'time') {
    return new BuildFailed(
      'build_timed_out',
      `The build did not end within ${Math.round(limits.timeMs / 1000)} s.`,
      'Move slow steps before the lines that change often, so that they are kept, or raise the time limit of builds.',
    );
  }
  return new BuildFailed(
    'build_output_exceeded',
    `The build wrote more than ${Math.round(limits.outputBytes / 1024)} KiB of log.`,
    'Make its tools quieter (pip -q, apt-get -qq).',
  );
}
