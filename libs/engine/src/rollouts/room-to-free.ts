import type { EnvironmentId, ServiceId } from '@sconce/core';
import type { ServiceStateRow } from '@sconce/db';
import type { ObservedReplica } from '@sconce/ports';
import { releaseOf } from './to-service-state.ts';

/**
 * GPUs that replicas hold which serve nobody any more: they stand by for a way back, finish what they began, or are being stopped. Before a
 * service is refused for want of a GPU, or has to stop its own replicas for one, these are asked to go. Known only to the process that leads, which may
 * forget it at any time.
 */
export interface RoomToFree {
  /** A look at a service: what of it holds GPUs without serving. */
  note(service: ServiceStateRow, replicas: readonly ObservedReplica[]): void;
  /** Whether the service's replicas that stand by should go now. */
  isNeeded(service: ServiceId): boolean;
  /** Asks all other services of the same cluster to free what they can; how many GPUs that will be. */
  ask(by: Pick<ServiceStateRow, 'id' | 'environmentId'>): number;
}

export function createRoomToFree(
  poke: (service: ServiceId) => void,
  clusterOf: (environment: EnvironmentId) => string | null,
): RoomToFree {
  const held = new Map<ServiceId, { readonly gpus: number; readonly environment: EnvironmentId }>();
  const needed = new Set<ServiceId>();
  return {
    note(service, replicas) {
      const gpus = gpusBesides(service, replicas);
      if (gpus > 0) held.set(service.id, { gpus, environment: service.environmentId });
      else {
        held.delete(service.id);
        needed.delete(service.id);
      }
    },
    isNeeded: (service) => needed.has(service),
    ask(by) {
      let freed = 0;
      const cluster = clusterOf(by.environmentId);
      for (const [service, { gpus, environment }] of held) {
        if (service === by.id || clusterOf(environment) !== cluster) continue;
        freed += gpus;
        if (needed.has(service)) continue;
        needed.add(service);
        poke(service);
      }
      return freed;
    },
  };
}

/** Of replicas of releases that neither are live nor are to be. */
function gpusBesides(row: ServiceStateRow, replicas: readonly ObservedReplica[]): number {
  const kept = new Set([row.live, row.active?.release ?? null].map((release) => releaseOf(row, release)?.replicaSet));
  return replicas.reduce((sum, replica) => sum + (kept.has(replica.release) ? 0 : replica.gpus.length), 0);
}
