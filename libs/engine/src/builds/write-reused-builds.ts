import {
  appendLogChunk,
  type BuildTargetRow,
  insertReusedBuild,
  type NewBuild,
  type NewBuildTarget,
  type NewLogLine,
  settleBuildTarget,
  type Tx,
} from '@sconce/db';
import type { SecretSealer } from '@sconce/ports';
import type { Deps } from '../deps.ts';
import type { ReusableImage } from './find-reusable.ts';
import { makeRelease, sayRelease, toSettled } from './settle-build.ts';

export interface ReusedBuild {
  readonly build: NewBuild;
  readonly targets: readonly NewBuildTarget[];
  readonly reusable: ReusableImage;
  /** How long it took to find the image. */
  readonly totalMs: number;
}

/**
 * Builds that have nothing to build, with their releases, in the caller's transaction: what a worker would make of them a moment later.
 * A release that fails takes the transaction along; the caller then queues the builds.
 */
export async function writeReusedBuilds(
  tx: Tx,
  deps: Pick<Deps, 'clock'> & { readonly variableSealer: SecretSealer },
  builds: readonly ReusedBuild[],
): Promise<void> {
  const said = new Map<string, NewLogLine[]>();
  const pairs: { readonly reused: ReusedBuild; readonly target: BuildTargetRow }[] = [];
  for (const reused of builds) {
    const { build, reusable, totalMs } = reused;
    const takenOver = {
      imageDigest: reusable.image.digest,
      reusedBuildId: reusable.buildId,
      timings: { queuedMs: 0, totalMs },
    };
    const targets = await insertReusedBuild(tx, build, reused.targets, takenOver);
    said.set(build.id, [say(deps, reuseWords(reusable.buildId))]);
    pairs.push(...targets.map((target) => ({ reused, target })));
  }
  // Rows of services are locked in one order by everybody.
  pairs.sort((a, b) => (a.target.serviceId < b.target.serviceId ? -1 : 1));
  for (const { reused, target } of pairs) {
    const answer = await makeRelease(tx, deps, reused.build, target, reused.reusable.image);
    said.get(target.buildId)?.push(say(deps, sayRelease(answer, target)));
    await settleBuildTarget(tx, { ...target, ...toSettled(answer) });
  }
  for (const [build, lines] of said) await appendLogChunk(tx, build, 0, lines);
}

export function reuseWords(buildId: string): string {
  return `Reusing the image of ${buildId}: the same files and the same settings.`;
}

function say(deps: Pick<Deps, 'clock'>, text: string): NewLogLine {
  return { at: new Date(deps.clock.now()).toISOString(), stream: 'system', level: 'info', text };
}
