import type { ContainerListing } from '../engine/engine.ts';
import type { ReplicaLabels } from '../names.ts';

export interface StandingReplica {
  readonly id: string;
  readonly slot: number;
  readonly state: 'runs' | 'stands' | 'broken' | 'leaving';
}

export interface ReplicaPlan {
  /** Slots to make a replica for. */
  readonly create: readonly number[];
  /** Ids of replicas that are there but do not run. */
  readonly start: readonly string[];
  /** Ids of those too many. */
  readonly remove: readonly string[];
  /** Ids of those that are of no use: they have to be gone first, since their names are needed. */
  readonly clear: readonly string[];
}

export interface ReplicaSurroundings {
  /** Ids of replicas that we ourselves are stopping. */
  readonly leaving: ReadonlySet<string>;
  /** Ids of sandboxes that run. */
  readonly sandboxes: ReadonlySet<string>;
  /** Ids of replicas of which a sidecar is not there or was stopped. */
  readonly incomplete: ReadonlySet<string>;
}

export function toStandingReplica(
  container: ContainerListing,
  labels: ReplicaLabels,
  around: ReplicaSurroundings,
): StandingReplica {
  return { id: container.Id, slot: labels.slot, state: toState(container, labels, around) };
}

function toState(
  { Id, State }: ContainerListing,
  { sandbox }: ReplicaLabels,
  { leaving, sandboxes, incomplete }: ReplicaSurroundings,
): StandingReplica['state'] {
  if (leaving.has(Id) || State === 'removing') return 'leaving';
  if (State === 'dead') return 'broken';
  if (State === 'created' || State === 'exited') return 'stands';
  if (!sandboxes.has(sandbox)) return 'broken';
  // Starting what runs does nothing, and what is missing beside it is started with it.
  return incomplete.has(Id) ? 'stands' : 'runs';
}

/**
 * The lowest slots are kept and the highest removed, whoever decides: two that plan at once plan the same. Replicas on their
 * way out count for nothing, but their slots stay theirs until they are gone, since the name is.
 */
export function planReplicas(standing: readonly StandingReplica[], replicas: number): ReplicaPlan {
  const usable = standing
    .filter(({ state }) => state === 'runs' || state === 'stands')
    .sort((a, b) => a.slot - b.slot || (a.id < b.id ? -1 : 1));
  const kept = usable.slice(0, replicas);
  const taken = new Set(standing.filter(({ state }) => state !== 'broken').map(({ slot }) => slot));
  const create: number[] = [];
  for (let slot = 0; kept.length + create.length < replicas; slot += 1) if (!taken.has(slot)) create.push(slot);
  return {
    create,
    start: kept.filter(({ state }) => state === 'stands').map(({ id }) => id),
    remove: usable.slice(replicas).map(({ id }) => id),
    clear: standing
      .filter(({ state }) => state === 'broken')
      .map(({ id }) => id)
      .sort(),
  };
}
