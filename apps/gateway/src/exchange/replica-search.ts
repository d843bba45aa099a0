import { pickReplica } from '@sconce/core';
import type { Context } from '../context.ts';
import type { RouteEntry, RouteState } from '../table/route-state.ts';
import type { ReplicaState } from '../upstream/replica-state.ts';

/** `busy`: all are at their limit, or about to be started, so wait. `none`: waiting would not help. */
export type Found = ReplicaState | 'busy' | 'none';

/** Finds replicas for one request, by the table as it is at each look. */
export class ReplicaSearch {
  private readonly context: Context;
  private readonly route: RouteState;
  private refusedBy: Set<ReplicaState> | null = null;

  constructor(context: Context, route: RouteState) {
    this.context = context;
    this.route = route;
  }

  next(): Found {
    const { entry } = this.route;
    if (entry?.canServe === true) return this.pick(entry, entry.targets);
    return entry !== null && entry.route.holdMs != null ? 'busy' : 'none';
  }

  /** Another one than those that refused this request so far. */
  nextAfter(refusing: ReplicaState): Found {
    const { limits, nowMs } = this.context;
    refusing.refused(nowMs());
    this.refusedBy ??= new Set();
    const refused = this.refusedBy.add(refusing);
    const { entry } = this.route;
    if (entry === null || refused.size >= limits.connectAttempts) return 'none';
    const targets = entry.targets.map(({ weight, replicas }) => ({
      weight,
      replicas: replicas.filter((each) => !refused.has(each)),
    }));
    if (!targets.some((target) => target.weight > 0 && target.replicas.length > 0)) return 'none';
    return this.pick(entry, targets);
  }

  private pick(entry: RouteEntry, targets: RouteEntry['targets']): Found {
    return pickReplica(targets, entry.route.concurrency, this.context.nowMs(), this.context.random) ?? 'busy';
  }
}
