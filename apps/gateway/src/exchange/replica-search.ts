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
    refusing.refused(this.context.nowMs());
    this.refusedBy ??= new Set();
    const { entry } = this.route;
    const targets = this.withoutThose(this.refusedBy.add(refusing));
    return entry === null || targets === null ? 'none' : this.pick(entry, targets);
  }

  /** Whether `nextAfter` would find one, now or once it has room. */
  hasOtherThan(slow: ReplicaState): boolean {
    return this.withoutThose(new Set(this.refusedBy).add(slow)) !== null;
  }

  /** Null where none is left, or enough were tried. */
  private withoutThose(refused: ReadonlySet<ReplicaState>): RouteEntry['targets'] | null {
    const { entry } = this.route;
    if (entry === null || refused.size >= this.context.limits.connectAttempts) return null;
    const targets = entry.targets.map(({ weight, replicas }) => ({
      weight,
      replicas: replicas.filter((each) => !refused.has(each)),
    }));
    return targets.some((target) => target.weight > 0 && target.replicas.length > 0) ? targets : null;
  }

  private pick(entry: RouteEntry, targets: RouteEntry['targets']): Found {
    return pickReplica(targets, entry.route.concurrency, this.context.nowMs(), this.context.random) ?? 'busy';
  }
}
