import type { ReleaseId } from '../id.ts';
import { decideServing, routableReplicas } from './decide-serving.ts';
import { planRetirements } from './plan-retirements.ts';
import { plan } from './rollout-plan.ts';
import type { PlannedRelease, RolloutAction, RolloutPlan, SeenReplica, ServiceState } from './rollout-state.ts';

/** Replicas of `releases` are kept as many as they should be and routed; all others are retired as soon as they may, but for those `left` as they are. */
export function keep(
  state: ServiceState,
  releases: readonly (PlannedRelease | null)[],
  left: PlannedRelease | null = null,
): RolloutPlan {
  const wanted = new Set([...releases, left].flatMap((release) => (release === null ? [] : [release.replicaSet])));
  const { retire, recheckMs } = planRetirements(state, wanted);
  const actions = [
    ...upkeepOf(state, releases),
    ...retire.map((replicaSet) => ({ kind: 'retire', replicaSet }) as const),
  ];
  return { ...plan(actions), recheckMs };
}

/** Starts what is missing of these releases, and publishes when the newest table routes to other replicas than it should. */
export function upkeepOf(state: ServiceState, releases: readonly (PlannedRelease | null)[]): RolloutAction[] {
  const actions: RolloutAction[] = [];
  const seen = new Set<ReleaseId>();
  for (const release of releases) {
    if (release === null || seen.has(release.replicaSet)) continue;
    seen.add(release.replicaSet);
    if (state.retiring.has(release.replicaSet)) continue;
    const standing = replicasOf(state, release.replicaSet).filter(
      // One that was made and not started was left by a scheduler that died in between.
      (replica) => replica.health !== 'stopping' && replica.health !== 'exited' && replica.startedAt !== null,
    );
    if (standing.length !== release.replicas) actions.push({ kind: 'apply', replicaSet: release.replicaSet });
  }
  if (!routedAsMeant(state)) actions.push({ kind: 'publish' });
  return actions;
}

export function withPublish(actions: readonly RolloutAction[]): RolloutAction[] {
  return [...actions.filter((action) => action.kind !== 'publish'), { kind: 'publish' }];
}

export function routedAsMeant(state: ServiceState): boolean {
  const release = serving(state);
  const meant = new Set(
    release === null ? [] : routableReplicas(replicasOf(state, release.replicaSet)).map((replica) => replica.id),
  );
  return state.replicas.every((replica) => replica.routed === meant.has(replica.id));
}

export function liveOf(state: ServiceState): PlannedRelease | null {
  return state.live === null ? null : (state.releases.get(state.live) ?? null);
}

export function serving(state: ServiceState): PlannedRelease | null {
  const release = decideServing(state.live, state.rollout);
  return release === null ? null : (state.releases.get(release) ?? null);
}

export function replicasOf(state: ServiceState, replicaSet: ReleaseId): readonly SeenReplica[] {
  return state.replicas.filter((replica) => replica.replicaSet === replicaSet);
}
