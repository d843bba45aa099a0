import { byAge } from './decide-serving.ts';
import { waitMs } from './plan-retirements.ts';
import { soonest } from './rollout-plan.ts';
import type { KeptBeside, Leaving, PlannedRelease, SeenReplica, ServiceState } from './rollout-state.ts';

/**
 * So long nobody may evict a replica that no other could take over from, unless one may take longer to start: whoever drains a node waits for that, and
 * not for ever.
 */
export const longestHoldMs = 600_000;

export interface LeavingPlan extends KeptBeside {
  /** The runtime does not have it so yet. */
  readonly isNews: boolean;
  /** When to look again at the latest. */
  readonly recheckMs: number | null;
}

/** Whether it is a replica that counts: of those on nodes that are to go also one that never got ready, since another has to take its place. */
export function isStanding({ health, startedAt, leaving }: SeenReplica): boolean {
  if (health === 'stopping') return false;
  // One that was made and not started was left by a scheduler that died in between.
  return leaving !== null || (health !== 'exited' && startedAt !== null);
}

/**
 * What becomes of the replicas of a release that are on nodes which are to go. Each stays, and is held there, until as many others are ready as there
 * should be and no gateway sends it anything more; then it is let go. Where that takes too long, it may be evicted: a node that cannot be drained helps nobody.
 * Where more stand than should (a node was opened again), those that are sent nothing go the same way.
 */
export function planLeaving(
  state: ServiceState,
  release: PlannedRelease,
  replicas: readonly SeenReplica[],
): LeavingPlan {
  const standing = replicas.filter(({ health }) => health !== 'stopping');
  const surplus = standing
    .filter(({ leaving }) => leaving === null)
    .toSorted(whoStays)
    .slice(release.replicas);
  const isFollowed = isReplaced(release, replicas);
  const { evictable, rechecks } = planEvictions(state, release, standing);
  const goes: string[] = [];
  const leavers: string[] = [];
  const surplusLeft: string[] = [];
  for (const replica of standing) {
    const isSurplus = surplus.includes(replica);
    if (replica.leaving === null && !isSurplus) continue;
    const doneMs = replica.leaving?.isLost ? 0 : waitMs(state, replica);
    const mayGo = (isSurplus || isFollowed) && doneMs <= 0;
    if (mayGo) goes.push(replica.id);
    else (isSurplus ? surplusLeft : leavers).push(replica.id);
    if (!mayGo && (isSurplus || isFollowed)) rechecks.push(doneMs);
  }
  // Where none are started for those that leave, only as many stay beside the others as do already.
  const most = movesByItself(state, release) ? leavers.length : Math.max(0, standing.length - release.replicas);
  return {
    beside: [...surplusLeft, ...leavers.slice(0, Math.max(0, most - surplusLeft.length))],
    evictable,
    goes,
    isNews: standing.some(({ id, leaving, isLoose }) => isLoose || (leaving?.isHeld && evictable.includes(id))),
    recheckMs: soonest(rechecks),
  };
}

/** Who is held no longer, and when that is so of the others. */
function planEvictions(state: ServiceState, release: PlannedRelease, standing: readonly SeenReplica[]) {
  const evictable: string[] = [];
  const rechecks: number[] = [];
  for (const { id, leaving } of standing) {
    if (leaving === null) continue;
    const leftMs = heldUntil(release, leaving) - state.now;
    if (leftMs > 0) rechecks.push(leftMs);
    else if (!leaving.isLost) evictable.push(id);
  }
  return { evictable, rechecks };
}

/** Who is ready, then who is oldest: as `routableReplicas` chooses whom requests go to. */
function whoStays(a: SeenReplica, b: SeenReplica): number {
  const isReady = ({ health, hasAddress }: SeenReplica) => health === 'ready' && hasAddress;
  return Number(isReady(b)) - Number(isReady(a)) || byAge(a, b);
}

/** Nothing is started for what a volume ties to its node, or for a release that another is just taking over from: that one starts elsewhere anyway, and may need the room. */
function movesByItself({ rollout, releases }: ServiceState, release: PlannedRelease): boolean {
  if (release.staysWithVolume) return false;
  if (rollout === null || !['pending', 'preparing', 'shifting'].includes(rollout.phase)) return true;
  return releases.get(rollout.release)?.replicaSet === release.replicaSet;
}

/** Until when nobody may evict it, other things being equal. One with a volume has nothing to wait for. */
export function heldUntil(release: PlannedRelease, { since, until }: Pick<Leaving, 'since' | 'until'>): number {
  if (release.staysWithVolume) return since;
  const longest = since + Math.max(longestHoldMs, release.startupTimeoutMs + release.drainTimeoutMs);
  return until === null ? longest : Math.min(until, longest);
}

/** As many others are ready as there should be. */
function isReplaced(release: PlannedRelease, replicas: readonly SeenReplica[]): boolean {
  const ready = replicas.filter(
    ({ health, hasAddress, leaving }) => health === 'ready' && hasAddress && leaving === null,
  );
  return ready.length >= Math.max(1, release.replicas);
}
