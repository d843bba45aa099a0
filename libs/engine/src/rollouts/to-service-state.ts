import {
  gatewaySilenceMs,
  type Leaving,
  type PlannedRelease,
  type ReleaseId,
  replicasOfSpec,
  type SeenGateway,
  type SeenReplica,
  type ServiceState,
  type WatchedRollout,
} from '@sconce/core';
import type { GatewayRow, KnownReplica, PlannableRelease, ServiceStateRow } from '@sconce/db';
import type { ObservedReplica } from '@sconce/ports';
import type { ReconcilerDeps, ServiceMemory } from './reconciler-deps.ts';

const comesBackMs = 300_000;

/** What is planned from: the rows, what the runtime said just now, and the little that is remembered. */
export function toServiceState(
  deps: Pick<ReconcilerDeps, 'clock' | 'isDrained' | 'leadsSince' | 'room'>,
  row: ServiceStateRow,
  observed: readonly ObservedReplica[],
  memory: ServiceMemory,
): ServiceState {
  const now = deps.clock.now();
  const known = new Map(row.replicas.map((replica) => [replica.id, replica]));
  const replicas = observed.map((replica) => toSeen(replica, known.get(replica.id), now));
  const releases = new Map(row.releases.map((release) => [release.id, toPlanned(release)]));
  const target = row.active === null ? undefined : releases.get(row.active.release);
  const live = row.live === null ? undefined : releases.get(row.live);
  const { placement } = memory;
  const gateways = row.gateways.map((gateway) => toSeenGateway(gateway, deps.leadsSince));
  return {
    now,
    deleted: row.deleted,
    generation: row.generation,
    desired: row.desired,
    live: row.live,
    rollout: row.active,
    watched: toWatched(row),
    releases,
    replicas,
    gateways,
    drained: findDrained(deps, gateways, replicas, now),
    retiring: new Set(memory.retiring.keys()),
    placement: placement !== null && placement.rollout === row.active?.id ? placement.verdict : undefined,
    liveRefusal: (live && memory.refusals.get(live.replicaSet)) ?? null,
    refusal: (target && memory.refusals.get(target.replicaSet)) ?? null,
    seenSince: memory.seenSince ?? now,
    roomIsNeeded: deps.room.isNeeded(row.id),
    askedAt: (target && memory.askedAt.get(target.replicaSet)) ?? null,
  };
}

export function replicasWanted(release: PlannableRelease): number {
  return replicasOfSpec(release.spec);
}

export function toPlanned(release: PlannableRelease): PlannedRelease {
  return {
    id: release.id,
    number: release.number,
    replicaSet: release.replicaSet,
    replicas: replicasWanted(release),
    startupTimeoutMs: release.spec.probe.startupTimeoutMs,
    drainTimeoutMs: release.spec.drainTimeoutMs,
    staysWithVolume: release.spec.volumes.length > 0,
  };
}

/** A release that was restored is what there is to go back to: it is not watched itself, or two bad ones would take turns. */
function toWatched({ lastLive, generation, live }: ServiceStateRow): WatchedRollout | null {
  if (lastLive === null || lastLive.release !== live || lastLive.generation !== generation) return null;
  if (lastLive.cause === 'restore' || lastLive.from === null || lastLive.watchUntil === null) return null;
  if (lastLive.watchedAt !== null) return null;
  return { id: lastLive.id, from: lastLive.from, liveAt: lastLive.liveAt, until: lastLive.watchUntil };
}

function toSeen(replica: ObservedReplica, known: KnownReplica | undefined, now: number): SeenReplica {
  return {
    id: replica.id,
    name: replica.name,
    replicaSet: replica.release,
    health: replica.health,
    healthSince: known !== undefined && known.health === replica.health ? known.healthSince : now,
    hasAddress: replica.address !== null,
    createdAt: Date.parse(replica.createdAt),
    placedAt: replica.placedAt == null ? null : Date.parse(replica.placedAt),
    isNodeComing: replica.isNodeComing ?? false,
    startedAt: replica.startedAt === null ? null : Date.parse(replica.startedAt),
    restarts: replica.restarts,
    exitCode: replica.exitCode,
    outOfMemory: replica.outOfMemory,
    message: replica.message,
    routed: known?.routed ?? false,
    unroutedVersion: known?.unroutedVersion ?? null,
    unroutedAt: known?.unroutedAt ?? null,
    leaving: toLeaving(replica, known, now),
    isLoose: replica.isLoose ?? false,
  };
}

function toLeaving({ leaving }: ObservedReplica, known: KnownReplica | undefined, now: number): Leaving | null {
  if (!leaving) return null;
  return {
    since: known?.leavingSince ?? now,
    until: leaving.until === null ? null : Date.parse(leaving.until),
    isLost: leaving.cause === 'lost',
    isHeld: leaving.isHeld,
  };
}

/** One that was linked when the scheduler before went away is waited for as if it had been heard of just then. */
function toSeenGateway({ id, acked, seen, connected }: GatewayRow, leadsSince: number): SeenGateway {
  const isExpected = connected && leadsSince - seen < comesBackMs;
  return { id, ackedVersion: acked, lastSeenAt: isExpected ? Math.max(seen, leadsSince) : seen };
}

function findDrained(
  deps: Pick<ReconcilerDeps, 'isDrained'>,
  all: readonly SeenGateway[],
  replicas: readonly SeenReplica[],
  now: number,
): ReadonlySet<string> {
  const gateways = all.filter((gateway) => now - gateway.lastSeenAt <= gatewaySilenceMs);
  const done = replicas.filter(({ id, unroutedVersion }) => {
    return unroutedVersion !== null && gateways.every((gateway) => deps.isDrained(gateway.id, id, unroutedVersion));
  });
  return new Set(done.map((replica) => replica.id));
}

export function releaseOf(row: ServiceStateRow, id: ReleaseId | null): PlannableRelease | null {
  return row.releases.find((release) => release.id === id) ?? null;
}
