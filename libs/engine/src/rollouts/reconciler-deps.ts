import type { EpochMs, Placement, Refusal, ReleaseId, ServiceId } from '@sconce/core';
import type { ServiceStateRow, Tx } from '@sconce/db';
import type { ObservedReplica, Runtime, SecretOpener, ServiceRef } from '@sconce/ports';
import type { Deps } from '../deps.ts';
import type { PublishedRoutes } from '../routes/publish-routes.ts';
import type { RoomToFree } from './room-to-free.ts';

export interface ReconcilerDeps extends Deps {
  readonly runtime: Runtime;
  readonly secretOpener: SecretOpener;
  readonly variableOpener: SecretOpener;
  /** Throws `LeadershipLost` when another scheduler leads by now; called in the transaction of every write. */
  readonly fence: Fence;
  /** Since when this process leads: gateways it has not heard of since then may just not have come back yet. */
  readonly leadsSince: EpochMs;
  /** Whether a gateway has finished with a replica that left its table at `version`. */
  readonly isDrained: (gateway: string, replica: string, version: number) => boolean;
  /** Called after the commit, so that links need not wait for the announcement. */
  readonly onPublished: (published: PublishedRoutes) => void;
  /** What the runtime said last, with the releases it belongs to. For the log collector. */
  readonly onObserved: (service: ServiceStateRow, replicas: readonly ObservedReplica[]) => void;
  /** The last lines of a replica, masked; as far as they can be had at once. */
  readonly lastLines: (service: ServiceStateRow, replica: string) => Promise<readonly LastLine[]>;
  /** A replica set is gone: look at the service again. */
  readonly poke: (service: ServiceId) => void;
  readonly room: RoomToFree;
}

export interface Fence {
  readonly check: (tx: Tx) => Promise<void>;
}

export interface LastLine {
  readonly at: string;
  readonly stream: 'stdout' | 'stderr' | 'system';
  readonly text: string;
}

export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

/** What a reconciler remembers of a service between two looks. All of it may be lost at any time. */
export interface ServiceMemory {
  ref: ServiceRef | null;
  /** Asked of the runtime when the wake was announced, for the look that follows at once. */
  early: { readonly at: EpochMs; readonly observed: Promise<readonly ObservedReplica[]> } | null;
  readonly retiring: Map<ReleaseId, Promise<void>>;
  /** Answer of the placement check, for one rollout. */
  placement: { readonly rollout: string; readonly verdict: Placement } | null;
  /** Since when a rollout waits for GPUs that others were asked to free. */
  waitsForRoom: { readonly rollout: string; readonly since: EpochMs } | null;
  /** What the runtime refused last, by replica set. */
  readonly refusals: Map<ReleaseId, Refusal>;
  readonly askedAt: Map<ReleaseId, number>;
  /** Since when the runtime has answered each look; null when it did not answer the last one. */
  seenSince: EpochMs | null;
  /** How many looks in a row it did not answer. */
  awayLooks: number;
}

export function emptyMemory(): ServiceMemory {
  return {
    ref: null,
    early: null,
    retiring: new Map(),
    placement: null,
    waitsForRoom: null,
    refusals: new Map(),
    askedAt: new Map(),
    seenSince: null,
    awayLooks: 0,
  };
}
