import type { Reason } from '@sconce/core';
import {
  appendLogChunk,
  type BuildEnd,
  type BuildRow,
  type BuildTargetRow,
  endBuild,
  type NewBuild,
  type NewLogLine,
  putImage,
  readBuildTargets,
  settleBuildTarget,
  type Tx,
} from '@sconce/db';
import { retry } from '@sconce/foundation';
import type { BuiltImage, SecretSealer } from '@sconce/ports';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { createReleaseIn } from '../releases/create-release.ts';
import { BuildInterrupted } from './build-interrupted.ts';
import type { BuildLog } from './build-log.ts';
import type { ExecutedBuild } from './execute-build.ts';

type SettleDeps = Deps & { readonly variableSealer: SecretSealer };

/** What became of one service: its release, or why there is none. */
export type ReleaseAnswer =
  | { readonly release: { readonly id: string; readonly number: number } }
  | { readonly reason: Reason; readonly message: string };
type Drained = Awaited<ReturnType<BuildLog['drain']>>;

/** One transaction: image, end of the build, a release (or the reason why not) for each service, the log's last lines. */
export async function settleSucceeded(
  deps: SettleDeps,
  build: BuildRow,
  executed: ExecutedBuild,
  end: Pick<BuildEnd, 'timings'>,
  drained: Drained,
): Promise<void> {
  const { image, reusedBuildId, tree } = executed;
  await persistently(deps, async (tx) => {
    const said: NewLogLine[] = [];
    if (reusedBuildId === null) {
      await putImage(tx, { ...image, repository: null, buildId: build.id });
    }
    const move = { from: 'running', to: 'succeeded', epoch: build.claimEpoch } as const;
    const targets = await readBuildTargets(tx, build.id);
    await moveOrLose(
      tx,
      build,
      move,
      { ...end, tree, imageDigest: image.digest, reusedBuildId, steps: drained.steps },
      targets,
    );
    for (const target of targets) {
      const answer = await makeReleaseOf(tx, deps, build, target, image);
      const at = new Date(deps.clock.now()).toISOString();
      said.push({ at, stream: 'system', level: 'info', text: sayRelease(answer, target) });
      await settleBuildTarget(tx, { ...target, ...toSettled(answer) });
    }
    await appendLogChunk(tx, build.id, drained.after, [...drained.lines, ...said]);
  });
}

/** Ends it as failed or cancelled, with the log's last lines. */
export async function settleUnsuccessful(
  deps: Deps,
  build: BuildRow,
  to: 'failed' | 'cancelled',
  end: BuildEnd,
  drained: Drained,
): Promise<void> {
  await persistently(deps, async (tx) => {
    await moveOrLose(tx, build, { from: 'running', to, epoch: build.claimEpoch }, { ...end, steps: drained.steps });
    await appendLogChunk(tx, build.id, drained.after, drained.lines);
  });
}

async function moveOrLose(
  tx: Tx,
  build: BuildRow,
  move: Parameters<typeof endBuild>[2],
  end: BuildEnd,
  targets: readonly BuildTargetRow[] | null = null,
): Promise<void> {
  if (!(await endBuild(tx, build, move, end, targets))) throw new BuildInterrupted('claim_lost');
}

/** A service whose release fails does not take the others' with it; a fault of the database fails, and repeats, the whole. */
async function makeReleaseOf(
  tx: Tx,
  deps: SettleDeps,
  build: BuildRow,
  target: BuildTargetRow,
  image: BuiltImage,
): Promise<ReleaseAnswer> {
  await tx.$executeRawUnsafe('SAVEPOINT release');
  try {
    const answer = await makeRelease(tx, deps, build, target, image);
    await tx.$executeRawUnsafe('RELEASE SAVEPOINT release');
    return answer;
  } catch (error) {
    if (isDatabaseFault(error)) throw error;
    await tx.$executeRawUnsafe('ROLLBACK TO SAVEPOINT release');
    deps.log.error({ err: error, build: build.id, service: target.serviceId }, 'a release could not be made');
    const message =
      error instanceof Rejection ? error.message : 'Sconce failed to make the release; the log of the worker says why.';
    return { reason: 'internal_error', message };
  }
}

/** The service's release of a build's image, in the caller's transaction. */
export async function makeRelease(
  tx: Tx,
  deps: Pick<Deps, 'clock'> & { readonly variableSealer: SecretSealer },
  build: NewBuild,
  target: BuildTargetRow,
  image: BuiltImage,
): Promise<ReleaseAnswer> {
  const answer = await createReleaseIn(tx, deps, {
    serviceId: target.serviceId,
    imageDigest: image.digest,
    buildId: build.id,
    commit: build.commit,
    commitMessage: build.commitMessage,
    commitAuthor: build.commitAuthor,
    ref: build.ref,
    position: build.position,
    fileSettings: target.fileSettings,
    exposedPorts: image.exposedPorts,
    cause: build.deliveryId === null ? 'manual' : 'push',
    actor: build.createdBy,
  });
  return 'release' in answer ? answer : { reason: answer.reason, message: `${answer.message} ${answer.hint}` };
}

export function toSettled(answer: ReleaseAnswer): Pick<BuildTargetRow, 'releaseId' | 'reason' | 'message'> {
  return 'release' in answer
    ? { releaseId: answer.release.id, reason: null, message: null }
    : { releaseId: null, reason: answer.reason, message: answer.message };
}

export function sayRelease(answer: ReleaseAnswer, target: BuildTargetRow): string {
  const where = `${target.serviceSlug} in ${target.environmentSlug}`;
  return 'release' in answer
    ? `Release ${answer.release.number} of ${where} is on its way.`
    : `Not deployed to ${where}: ${answer.message}`;
}

/** The image is built: a database that is restarted right now must not cost it. Epochs keep a late write from doing harm. */
function persistently(deps: Deps, work: (tx: Tx) => Promise<void>): Promise<void> {
  return retry(() => deps.db.transaction(work), {
    attempts: 10,
    baseMs: 50,
    maxMs: 3_000,
    clock: deps.clock,
    isPassing: (error) => !(error instanceof BuildInterrupted),
  });
}

/** Prisma's own codes (P...) and Postgres' for deadlocks, serialization and lost connections. */
function isDatabaseFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    /^(?:P\d{4}|40\w{3}|08\w{3}|57P0\d|ECONN\w+|EPIPE)$/.test(code) ||
    /^Connection terminated|PrismaClient/.test(`${error.message} ${error.name}`)
  );
}
