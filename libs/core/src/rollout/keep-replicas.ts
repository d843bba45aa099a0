import type { ReleaseId } from '../id.ts';
import { decideServing, routableReplicas } from './decide-serving.ts';
import { isStanding, planLeaving } from './plan-leaving.ts';
import { planRetirements } from './plan-retirements.ts';
import { plan, soonest } from './rollout-plan.ts';
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
  const leaving = releases.map((release) => (release === null ? null : leavingOf(state, release).recheckMs));
  return { ...plan(actions), recheckMs: soonest([recheckMs, ...leaving]) };
}

function leavingOf(state: ServiceState, release: PlannedRelease) {
  return planLeaving(state, release, replicasOf(state, release.replicaSet));
}

/**
 * Starts what is missing of these releases, also in the place of what is on nodes that are to go, and publishes when the newest table routes to other replicas
 * than it should.
 */
export function upkeepOf(state: ServiceState, releases: readonly (PlannedRelease | null)[]): RolloutAction[] {
  const actions: RolloutAction[] = [];
  const seen = new Set<ReleaseId>();
  for (const release of releases) {
    if (release === null || seen.has(release.replicaSet)) continue;
    seen.add(release.replicaSet);
    if (state.retiring.has(release.replicaSet)) continue;
    const replicas = replicasOf(state, release.replicaSet).filter(({ health }) => health !== 'stopping');
    const standing = replicas.filter(isStanding);
    const { beside, evictable, goes, isNews } = leavingOf(state, release);
    const wanted = release.replicas + beside.length;
    const isAsMeant = standing.length === wanted && replicas.length <= wanted && !isNews;
    const kept = beside.length + evictable.length + goes.length > 0 ? { beside, evictable, goes } : {};
    if (!isAsMeant) actions.push({ kind: 'apply', replicaSet: release.replicaSet, ...kept });
  }
  if (!routedAsMeant(state)) actions.push({ kind: 'publish' });
  return actions;
}

export function withPublish(actions: readonly RolloutAction[]): RolloutAction[] {
  return [...actions.filter((action) => action.kind !== 'publish'), { kind: 'publish' }];
}

export function routedAsMeant(state: ServiceState): boolean {
  const release = serving(state);
  const meant = new Set(release === null ? [] : routableOf(state, release).map((replica) => replica.id));
  return state.replicas.every((replica) => replica.routed === meant.has(replica.id));
}

/** Of the replicas of a release those that requests may go to. */
export function routableOf(state: ServiceState, release: PlannedRelease): readonly { readonly id: string }[] {
  const replicas = replicasOf(state, release.replicaSet);
  const known = replicas.map((replica) => ({ ...replica, isLeaving: replica.leaving !== null }));
  return routableReplicas(known, release.replicas);
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
