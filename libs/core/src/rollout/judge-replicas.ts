import type { EpochMs } from '../clock.ts';
import type { Failure, PlannedRelease, SeenReplica } from './rollout-state.ts';

/** A replica that ended this often before it was ready will not become so by another start. */
const exitsOfCrashLoop = 3;
/** How long all replicas of a watched release may fail their probes before it is taken back. */
const unreadyGraceMs = 10_000;
const exitedGraceMs = 3_000;
/** How long a runtime that was away is looked at before it is believed that a replica is not ready yet: probes of one that starts come each second. */
const firstLookMs = 5_000;
/** A machine with GPUs is had from a cloud within minutes, where there is one; autoscalers themselves give up after 15. */
const nodeArrivalMs = 15 * 60_000;

/** Why a release that is being started will not make it; null while it may. `seenSince`: see `ServiceState`. */
export function judgeStart(
  release: PlannedRelease,
  replicas: readonly SeenReplica[],
  { now, seenSince }: { readonly now: EpochMs; readonly seenSince: EpochMs },
): Failure | null {
  for (const replica of replicas) {
    if (replica.health === 'ready' || replica.health === 'stopping') continue;
    if (replica.outOfMemory) return outOfMemory(replica);
    if (exits(replica) >= exitsOfCrashLoop) {
      const times = `ended ${exits(replica)} times before it was ready`;
      return blame('crash_loop', replica, `${replica.name} ${times}${lastExit(replica)}.`);
    }
    if (startDeadline(release, replica, seenSince) <= now) {
      const seconds = Math.round(release.startupTimeoutMs / 1000);
      const said = replica.message === null ? '' : ` Last answer: ${replica.message}`;
      return blame('never_ready', replica, `${replica.name} was not ready ${seconds} s after its start.${said}`);
    }
  }
  return null;
}

/**
 * Until when a replica may take to become ready. Counted from its own start, or from when it got its place, so that waiting for one does not use it up; one that
 * was ready before (of a release that stood already) has the same time to recover. One that could not be looked at meanwhile has
 * a moment to show what became of it.
 */
export function startDeadline(release: PlannedRelease, replica: SeenReplica, seenSince: EpochMs): EpochMs {
  const start = replica.health === 'unready' ? replica.healthSince : startOf(replica);
  return Math.max(start + release.startupTimeoutMs, seenSince + firstLookMs);
}

/** A node that comes for it has its own time to do so; on the node its image may have to be pulled first, which counts. */
function startOf({ startedAt, placedAt, createdAt, isNodeComing }: SeenReplica): EpochMs {
  return startedAt ?? placedAt ?? (isNodeComing ? createdAt + nodeArrivalMs : createdAt);
}

/**
 * Why a live release is taken back while it is watched; null while it does well. One that ended counts as failed also when it is ready
 * again by now, or it would depend on the moment of the look. As long as others are ready, an end or two is forgiven.
 */
export function judgeWatched(replicas: readonly SeenReplica[], liveAt: EpochMs, now: EpochMs): Failure | null {
  const standing = replicas.filter((replica) => replica.health !== 'stopping');
  const ended = standing.filter((replica) => hasEnded(replica, liveAt, now));
  const others = standing.filter((replica) => !ended.includes(replica) && replica.health === 'ready');
  for (const replica of ended) {
    if (replica.outOfMemory) return outOfMemory(replica);
    if (others.length > 0 && exits(replica) < exitsOfCrashLoop) continue;
    const when = replica.health === 'exited' ? replica.healthSince : (replica.startedAt ?? replica.healthSince);
    const seconds = Math.max(0, Math.round((when - liveAt) / 1000));
    const message = `${replica.name} ended ${seconds} s after the release went live${lastExit(replica)}.`;
    return blame('failed_while_watched', replica, message);
  }
  const [first] = standing;
  if (first === undefined || !standing.every((replica) => isLongUnready(replica, now))) return null;
  const said = first.message === null ? '.' : `: ${first.message}`;
  return blame('failed_while_watched', first, `${first.name} failed its probe soon after the release went live${said}`);
}

/** One that ended without having been started again was stopped with its engine, say: it is started again before it is blamed. */
function hasEnded(replica: SeenReplica, liveAt: EpochMs, now: EpochMs): boolean {
  if (replica.health === 'exited') return replica.restarts > 0 || now - replica.healthSince >= exitedGraceMs;
  return replica.restarts > 0 && (replica.startedAt ?? 0) > liveAt;
}

function isLongUnready(replica: SeenReplica, now: EpochMs): boolean {
  return replica.health === 'unready' && now - replica.healthSince >= unreadyGraceMs;
}

function exits(replica: SeenReplica): number {
  return replica.restarts + (replica.health === 'exited' ? 1 : 0);
}

function lastExit(replica: SeenReplica): string {
  return replica.exitCode === null ? '' : `, last with exit code ${replica.exitCode}`;
}

function outOfMemory(replica: SeenReplica): Failure {
  const hint = 'Raise resources.memory or load less.';
  return blame('out_of_memory', replica, `${replica.name} was stopped for using more memory than it may. ${hint}`);
}

function blame(reason: Failure['reason'], replica: SeenReplica, message: string): Failure {
  return { reason, message, replica: replica.id };
}
