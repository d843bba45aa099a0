export interface PickableReplica {
  /** Requests this replica is working on now. */
  readonly inFlight: number;
  /** It refused connections lately: not before this moment unless there is no other. */
  readonly avoidUntilMs: number;
}

export interface PickableTarget<R extends PickableReplica> {
  readonly weight: number;
  readonly replicas: readonly R[];
}

/**
 * Weight first (among the targets that have room), then the fewest requests in flight, ties by chance.
 * Null when every replica that may be used is at its limit: wait for one.
 */
export function pickReplica<R extends PickableReplica>(
  targets: readonly PickableTarget<R>[],
  concurrency: number | null,
  nowMs: number,
  random: () => number,
): R | null {
  const limit = concurrency ?? Number.POSITIVE_INFINITY;
  const only = targets.length === 1 ? targets[0] : undefined;
  const mostlyWell = anyWell(targets, nowMs);
  const notAfter = mostlyWell ? nowMs : Number.POSITIVE_INFINITY;
  if (only !== undefined) return only.weight > 0 ? leastBusy(only.replicas, limit, notAfter, random) : null;
  const target = pickTarget(targets, limit, notAfter, random);
  return target === null ? null : leastBusy(target.replicas, limit, notAfter, random);
}

function anyWell<R extends PickableReplica>(targets: readonly PickableTarget<R>[], nowMs: number): boolean {
  for (const target of targets) {
    if (target.weight <= 0) continue;
    for (const replica of target.replicas) if (replica.avoidUntilMs <= nowMs) return true;
  }
  return false;
}

function pickTarget<R extends PickableReplica>(
  targets: readonly PickableTarget<R>[],
  limit: number,
  notAfter: number,
  random: () => number,
): PickableTarget<R> | null {
  const open = targets.filter(
    (target) => target.weight > 0 && target.replicas.some((replica) => isOpen(replica, limit, notAfter)),
  );
  let left = random() * open.reduce((sum, target) => sum + target.weight, 0);
  for (const target of open) {
    left -= target.weight;
    if (left < 0) return target;
  }
  return open.at(-1) ?? null;
}

function leastBusy<R extends PickableReplica>(
  replicas: readonly R[],
  limit: number,
  notAfter: number,
  random: () => number,
): R | null {
  let best: R | null = null;
  let ties = 1;
  for (const replica of replicas) {
    if (!isOpen(replica, limit, notAfter)) continue;
    if (best === null || replica.inFlight < best.inFlight) {
      best = replica;
      ties = 1;
    } else if (replica.inFlight === best.inFlight) {
      ties += 1;
      // Each of n equals is kept with chance 1/n, in one walk.
      if (random() * ties < 1) best = replica;
    }
  }
  return best;
}

function isOpen(replica: PickableReplica, limit: number, notAfter: number): boolean {
  return replica.inFlight < limit && replica.avoidUntilMs <= notAfter;
}
