import type { ServiceId } from '@sconce/core';

export interface StandingSandbox {
  readonly id: string;
  readonly service: ServiceId;
  readonly runs: boolean;
  /** No sidecar of an earlier replica is left in it, and it has no name, which only one has that a replica has been ready in. */
  readonly isFresh: boolean;
  readonly ageMs: number;
}

export interface TidyingPlan {
  /** Unused ones, at most one per service. */
  readonly adopt: readonly StandingSandbox[];
  readonly remove: readonly StandingSandbox[];
}

/** A younger one may just be given to a replica that is not made yet, by another process. */
const settledAfterMs = 60_000;

/** `held` are those with a replica, or of which this process knows what they are for; `prepared` services have a spare one. */
export function planTidying(
  sandboxes: readonly StandingSandbox[],
  held: ReadonlySet<string>,
  prepared: ReadonlySet<ServiceId>,
): TidyingPlan {
  const adopt = new Map<ServiceId, StandingSandbox>();
  const remove: StandingSandbox[] = [];
  for (const sandbox of sandboxes) {
    if (held.has(sandbox.id)) continue;
    const isFresh = sandbox.runs && sandbox.isFresh;
    if (isFresh && !prepared.has(sandbox.service) && !adopt.has(sandbox.service)) adopt.set(sandbox.service, sandbox);
    else if (sandbox.ageMs > settledAfterMs) remove.push(sandbox);
  }
  return { adopt: [...adopt.values()], remove };
}
