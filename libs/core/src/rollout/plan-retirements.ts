import type { ReleaseId } from '../id.ts';
import type { SeenReplica, ServiceState } from './rollout-state.ts';

/** A gateway not heard of for this long blocks nothing. Until then it may serve an older table. */
export const gatewaySilenceMs = 10_000;
const defaultDrainTimeoutMs = 30_000;

export interface Retirements {
  readonly retire: readonly ReleaseId[];
  /** Sets that go as soon as their requests are done, and when to look again at the latest. */
  readonly draining: readonly ReleaseId[];
  readonly recheckMs: number | null;
}

/**
 * Which replica sets may go: those nobody wants, once no gateway sends them anything. A replica that was in a route table goes when all
 * gateways took a later one, and either said they wait for nothing from it or the longest request's time is over.
 */
export function planRetirements(state: ServiceState, wanted: ReadonlySet<ReleaseId>): Retirements {
  const sets = new Map<ReleaseId, SeenReplica[]>();
  for (const replica of state.replicas) {
    if (wanted.has(replica.replicaSet)) continue;
    const set = sets.get(replica.replicaSet);
    if (set) set.push(replica);
    else sets.set(replica.replicaSet, [replica]);
  }
  const retire: ReleaseId[] = [];
  const draining: ReleaseId[] = [];
  let recheckMs: number | null = null;
  for (const [set, replicas] of sets) {
    if (state.retiring.has(set)) {
      draining.push(set);
      continue;
    }
    const waits = replicas.map((replica) => waitMs(state, replica));
    const longest = Math.max(...waits);
    if (longest <= 0) retire.push(set);
    else {
      draining.push(set);
      recheckMs = Math.min(recheckMs ?? longest, longest);
    }
  }
  return { retire, draining, recheckMs };
}

/** Gateways that count: heard of within the last seconds. */
export function listeningGateways(state: ServiceState): ServiceState['gateways'] {
  return state.gateways.filter((gateway) => state.now - gateway.lastSeenAt <= gatewaySilenceMs);
}

/** How long the replica is to be left alone yet; 0 when no gateway sends it anything more. */
export function waitMs(state: ServiceState, replica: SeenReplica): number {
  // The table that leaves it out is published by the same plan; look again after that.
  if (replica.routed) return 1_000;
  if (replica.unroutedVersion === null) return 0;
  const version = replica.unroutedVersion;
  const gateways = listeningGateways(state);
  if (gateways.some((gateway) => gateway.ackedVersion < version)) return 1_000;
  if (gateways.length > 0 && state.drained.has(replica.id)) return 0;
  const timeoutMs = drainTimeoutOf(state, replica.replicaSet);
  return (
    (replica.unroutedAt ?? state.now) + Math.max(timeoutMs, gateways.length === 0 ? gatewaySilenceMs : 0) - state.now
  );
}

/** The longest that any release allows which ran on these replicas: a later one may have shared them to allow more. */
function drainTimeoutOf(state: ServiceState, replicaSet: ReleaseId): number {
  const times = [...state.releases.values()]
    .filter((release) => release.replicaSet === replicaSet)
    .map((release) => release.drainTimeoutMs);
  return times.length === 0 ? defaultDrainTimeoutMs : Math.max(...times);
}
