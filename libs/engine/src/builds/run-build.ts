import { type BuildId, cleanText } from '@sconce/core';
import {
  appendBuildEvents,
  type BuildRow,
  claimBuildInTurn,
  lastLogLine,
  readBuildTargets,
  releaseBuildClaim,
} from '@sconce/db';
import { BuildFailed, type SecretSealer } from '@sconce/ports';
import { ConfigurationUnreadable } from '../configuration/open-configuration.ts';
import { BuildInterrupted } from './build-interrupted.ts';
import { type BuildLog, openBuildLog } from './build-log.ts';
import { type ExecuteDeps, executeBuild } from './execute-build.ts';
import { type HeldClaim, holdBuildClaim } from './hold-build-claim.ts';
import { settleSucceeded, settleUnsuccessful } from './settle-build.ts';
import type { CancelWatch } from './watch-cancels.ts';

export interface RunBuildDeps extends ExecuteDeps {
  /** Names this process in claims. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly cancels: CancelWatch;
  readonly variableSealer: SecretSealer;
}

/** So often may workers die under a build before it counts as what kills them. */
const maxLostClaims = 3;
const maxMessageLength = 4_000;

/**
 * Runs the build whose turn it is, from wherever it stands; `buildId` is whose message asks for one. Safe to call any number of times, also
 * at once in several processes.
 * When `stopping` aborts, the build is given back for another worker. Throws only on faults of the platform, for another try.
 */
export async function runBuild(deps: RunBuildDeps, buildId: BuildId, stopping: AbortSignal): Promise<void> {
  if (stopping.aborted) return;
  const taken = await takeBuild(deps, buildId);
  if (taken === null) return;
  const { build, after } = taken;
  const claim = { build: build.id, epoch: build.claimEpoch };
  const held = holdBuildClaim(deps, claim, deps.leaseMs, stopping);
  const log = openBuildLog(deps, { claim, after, onLost: held.lose });
  try {
    await runClaimed(deps, build, log, held);
  } finally {
    held.stop();
  }
}

async function takeBuild(deps: RunBuildDeps, buildId: BuildId): Promise<{ build: BuildRow; after: number } | null> {
  return deps.db.transaction(async (tx) => {
    const build = await claimBuildInTurn(tx, buildId, deps.holder, deps.leaseMs);
    if (build === null) return null;
    if (build.claimEpoch > 1) return { build, after: await lastLogLine(tx, build.id) };
    await appendBuildEvents(tx, 'build.started', build, await readBuildTargets(tx, build.id), {
      commit: build.commit,
      ref: build.ref,
    });
    return { build, after: 0 };
  });
}

async function runClaimed(deps: RunBuildDeps, build: BuildRow, log: BuildLog, held: HeldClaim): Promise<void> {
  const claimedAt = deps.clock.now();
  const queuedMs = Math.max(0, (build.startedAt ?? build.createdAt).getTime() - build.createdAt.getTime());
  const timings = () => ({ queuedMs, totalMs: deps.clock.now() - claimedAt });
  try {
    if (build.cancelledAt !== null) throw new BuildInterrupted('cancelled');
    if (build.lostClaims >= maxLostClaims) throw workersDied();
    if (build.lostClaims > 0) log.say('The worker was lost; building again.', 'warn');
    const executed = await executeBuild(deps, build, log, held.signal);
    // Built is built: a process that is about to stop still says so.
    if (!isStopping(held.signal)) held.signal.throwIfAborted();
    const { fetchMs, buildMs } = executed;
    if (buildMs !== undefined)
      log.say(`Built ${executed.image.digest.slice(0, 19)} in ${(buildMs / 1_000).toFixed(1)} s.`);
    const parts = {
      ...timings(),
      ...(fetchMs === undefined ? {} : { fetchMs }),
      ...(buildMs === undefined ? {} : { buildMs }),
    };
    await settleSucceeded(deps, build, executed, { timings: parts }, await log.drain());
    deps.log.info(
      { build: build.id, digest: executed.image.digest, reused: executed.reusedBuildId, ...parts },
      'build succeeded',
    );
  } catch (error) {
    const why = held.signal.aborted ? held.signal.reason : error;
    await endOtherwise(deps, build, log, why, timings());
  }
}

function isStopping(signal: AbortSignal): boolean {
  return signal.reason instanceof BuildInterrupted && signal.reason.why === 'stopping';
}

function workersDied(): BuildFailed {
  const message = `${maxLostClaims} workers in a row were lost while they ran this build.`;
  return new BuildFailed(
    'worker_lost',
    message,
    'Look at the machine: memory and disk most of all. Then start the build again.',
  );
}

async function endOtherwise(
  deps: RunBuildDeps,
  build: BuildRow,
  log: BuildLog,
  why: unknown,
  timings: { readonly queuedMs: number; readonly totalMs: number },
): Promise<void> {
  if (why instanceof BuildInterrupted && why.why === 'claim_lost') {
    await log.drain();
    deps.log.warn({ build: build.id, epoch: build.claimEpoch }, 'a build claim was lost; nothing more is written');
    return;
  }
  if (why instanceof BuildInterrupted && why.why === 'stopping') {
    await giveBack(deps, build, log);
    return;
  }
  if (why instanceof BuildInterrupted) {
    log.say('Cancelled.', 'warn');
    await settleOrLose(deps, build, 'cancelled', { reason: 'cancelled', message: 'Cancelled.', timings }, log);
    return;
  }
  const raw = toFailure(deps, build, why);
  // The builder's words may quote the log.
  const fit = (text: string) => cleanText(log.masked(text), maxMessageLength);
  const failure = { ...raw, message: fit(raw.message), hint: raw.hint === null ? null : fit(raw.hint) };
  log.say(failure.hint === null ? failure.message : `${failure.message} ${failure.hint}`, 'error');
  await settleOrLose(deps, build, 'failed', { ...failure, timings }, log);
  deps.log.info({ build: build.id, reason: failure.reason }, 'build failed');
}

async function giveBack(deps: RunBuildDeps, build: BuildRow, log: BuildLog): Promise<void> {
  log.say('The worker stops; another one goes on with this build.', 'warn');
  // What is not written of the log is lost with this process; the next worker says it again.
  await log.drain();
  await deps.db.transaction((tx) => releaseBuildClaim(tx, { build: build.id, epoch: build.claimEpoch }));
  deps.log.info({ build: build.id }, 'a build was given back');
}

async function settleOrLose(
  deps: RunBuildDeps,
  build: BuildRow,
  to: 'failed' | 'cancelled',
  end: Parameters<typeof settleUnsuccessful>[3],
  log: BuildLog,
): Promise<void> {
  try {
    await settleUnsuccessful(deps, build, to, end, await log.drain());
  } catch (error) {
    if (!(error instanceof BuildInterrupted)) throw error;
    deps.log.warn({ build: build.id, epoch: build.claimEpoch }, 'a build claim was lost; nothing more is written');
  }
}

function toFailure(
  deps: RunBuildDeps,
  build: BuildRow,
  error: unknown,
): Pick<BuildFailed, 'reason' | 'message' | 'hint'> {
  if (error instanceof BuildFailed) return { reason: error.reason, message: error.message, hint: error.hint };
  if (error instanceof ConfigurationUnreadable) {
    return {
      reason: 'build_secret_missing',
      message: `${error.message}.`,
      hint: 'Set the secret again, then build again.',
    };
  }
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    return {
      reason: 'no_disk_space',
      message: 'The disk of the build machine is full.',
      hint: 'Free some space, then build again.',
    };
  }
  deps.log.error({ err: error, build: build.id }, 'a build failed on a fault of the platform');
  return {
    reason: 'internal_error',
    message: 'Sconce failed while it ran this build; the log of the worker says why.',
    hint: 'Start it again.',
  };
}
