import { explainFailure } from '@sconce/buildkit';
import type { PodFacts } from '@sconce/kubernetes-api';
import { BuilderUnavailable, BuildFailed, type BuildLimits } from '@sconce/ports';
import { exitCode } from './build-script.ts';
import { statusOf } from './watch-build-pod.ts';

export interface BuildEnd {
  readonly digest: string;
  /** As Go names it: `amd64`. */
  readonly architecture: string;
}

/** What a pod that ended says of its build. Throws `BuildFailed` and `BuilderUnavailable`. `output`: the last of what it wrote, some 64 KiB. */
export function explainEnd(pod: PodFacts | null, output: string, limits: BuildLimits): BuildEnd {
  const end = statusOf(pod)?.state?.terminated;
  const { reason = '', message = '' } = pod?.status ?? {};
  if (reason === 'Evicted' && /ephemeral|emptydir|disk/i.test(message)) throw diskFull(message);
  if (end?.exitCode === 0) return parseEnd(end.message ?? '');
  if (end?.reason === 'OOMKilled') throw outOfMemory(limits);
  if (pod === null || end === undefined || end.exitCode === 137 || end.exitCode === 143)
    throw new BuilderUnavailable(`The build's pod was taken away${message === '' ? '' : `: ${message}`}.`);
  switch (end.exitCode) {
    case exitCode.noInput:
      throw /no space left/i.test(output)
        ? diskFull(output)
        : new BuilderUnavailable(`The build's pod did not get its context: ${output.slice(-300)}`);
    case exitCode.abandoned:
      throw new BuilderUnavailable('The connection to the build was lost.');
    case exitCode.noBuildKit:
      throw new BuilderUnavailable(output.slice(-2_000));
    default:
      throw explainFailure({ output, outOfMemory: false, memoryMiB: limits.memoryMiB });
  }
}

/** Go and the kernel name processors differently. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  i686: '386',
};

function parseEnd(message: string): BuildEnd {
  const [digest = '', machine = ''] = message.trim().split(' ');
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new BuilderUnavailable('The build ended without saying its image.');
  return { digest, architecture: architectures[machine] ?? machine };
}

function outOfMemory({ memoryMiB }: BuildLimits): BuildFailed {
  return new BuildFailed(
    'build_out_of_memory',
    `The build was ended because it used too much memory (a step may use ${memoryMiB} MiB).`,
    'Let it do less at once (fewer parallel jobs, a ready-made wheel), or raise the memory limit of builds.',
  );
}

function diskFull(words: string): BuildFailed {
  return new BuildFailed(
    'no_disk_space',
    `The build wrote more to the disk of its node than it may: ${words.trim().slice(-200)}`,
    'Make the image smaller (fewer files in one step, no caches kept), or raise SCONCE_BUILD_DISK_GIB.',
  );
}
