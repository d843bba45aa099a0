import { replicasOf } from './keep-replicas.ts';
import type { PlannedRelease, ServiceState } from './rollout-state.ts';

/**
 * The release before, whose replicas stand by while the live one is watched: going back to it is a change of routes, without a start. They take
 * no requests, nothing of them is started again, and they go when the watch ends, when somebody needs their room, or when their node is to go. Null when none
 * stands by.
 */
export function standBy(state: ServiceState): PlannedRelease | null {
  if (state.watched === null || state.roomIsNeeded) return null;
  const before = state.releases.get(state.watched.from);
  const live = state.live === null ? undefined : state.releases.get(state.live);
  if (before === undefined || before.replicaSet === live?.replicaSet || state.retiring.has(before.replicaSet))
    return null;
  const replicas = replicasOf(state, before.replicaSet);
  if (replicas.some(({ leaving }) => leaving !== null)) return null;
  return replicas.some(({ health }) => health === 'ready') ? before : null;
}
