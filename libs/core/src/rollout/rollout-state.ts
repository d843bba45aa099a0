import type { EpochMs } from '../clock.ts';
import type { ReleaseId, RolloutId } from '../id.ts';
import type { Reason } from '../reason.ts';
import type { RolloutPhase, RolloutStrategy } from './rollout-phase.ts';

/** All that is known of one service when it is planned for. Read fresh each time; nothing is remembered between two plans. */
export interface ServiceState {
  readonly now: EpochMs;
  /** The service, its environment or its project is deleted: everything of it goes. */
  readonly deleted: boolean;
  readonly generation: number;
  readonly desired: ReleaseId | null;
  readonly live: ReleaseId | null;
  /** The one rollout that has not ended. */
  readonly rollout: RolloutState | null;
  /** The rollout that made `live` live, while it may still be taken back. The watch ends by a look after its time, not by the time alone. */
  readonly watched: WatchedRollout | null;
  readonly releases: ReadonlyMap<ReleaseId, PlannedRelease>;
  readonly replicas: readonly SeenReplica[];
  readonly gateways: readonly SeenGateway[];
  /** Replicas that every connected gateway said it sends nothing to any more, and waits for nothing from. */
  readonly drained: ReadonlySet<string>;
  /** Replica sets whose removal is running: they are left alone until it ends. */
  readonly retiring: ReadonlySet<ReleaseId>;
  /** Whether the desired release can run here, and how it gets its place; undefined until it was asked. */
  readonly placement: Placement | undefined;
  /** What the runtime refused of the desired release lately. */
  readonly refusal: Refusal | null;
  /** The same of the live release. */
  readonly liveRefusal: Refusal | null;
  /** Another service waits for the room that replicas standing by take. */
  readonly roomIsNeeded: boolean;
  /** When this scheduler first asked for the desired release's replicas; null when it did not yet. */
  readonly askedAt: EpochMs | null;
  /** Since when this scheduler has seen the runtime without a gap. What happened before may not show yet. */
  readonly seenSince: EpochMs;
}

export interface RolloutState {
  readonly id: RolloutId;
  readonly release: ReleaseId;
  readonly generation: number;
  readonly phase: RolloutPhase;
  /** Null until it was planned. */
  readonly strategy: RolloutStrategy | null;
  readonly pausedFrom: RolloutPhase | null;
  readonly pauseRequested: boolean;
  readonly abortRequested: boolean;
  /** First route table with the weights that this phase wants; null until it is published. */
  readonly routeVersion: number | null;
}

export interface WatchedRollout {
  readonly id: RolloutId;
  readonly from: ReleaseId;
  readonly liveAt: EpochMs;
  readonly until: EpochMs;
}

export interface PlannedRelease {
  readonly id: ReleaseId;
  readonly number: number;
  /** The release whose replicas it runs on: its own, or an earlier one with an equal spec. */
  readonly replicaSet: ReleaseId;
  readonly replicas: number;
  readonly startupTimeoutMs: number;
  readonly drainTimeoutMs: number;
  /** Another replica cannot start beside one that stands: it has a volume, which is on one node at a time. */
  readonly staysWithVolume: boolean;
}

export interface SeenReplica {
  readonly id: string;
  readonly name: string;
  /** The release that owns it. */
  readonly replicaSet: ReleaseId;
  readonly health: 'starting' | 'ready' | 'unready' | 'exited' | 'stopping';
  /** Since when it has this health. */
  readonly healthSince: EpochMs;
  readonly hasAddress: boolean;
  readonly createdAt: EpochMs;
  /** When it got its place on a node; null where it has none yet, and absent where that takes no time. */
  readonly placedAt?: EpochMs | null;
  /** A node is being made ready for it. */
  readonly isNodeComing?: boolean;
  readonly startedAt: EpochMs | null;
  readonly restarts: number;
  readonly exitCode: number | null;
  readonly outOfMemory: boolean;
  readonly message: string | null;
  /** In the newest route table. */
  readonly routed: boolean;
  /** First table without it after it was in one, and when that was published; null when it never was in one. */
  readonly unroutedVersion: number | null;
  readonly unroutedAt: EpochMs | null;
  /** Its node is to go, or does not answer: another one is to stand elsewhere before it ends. Null: it stays. */
  readonly leaving: Leaving | null;
  /** It stays, and may still be evicted. */
  readonly isLoose?: boolean;
}

export interface Leaving {
  readonly since: EpochMs;
  /** When its node goes at the latest; null where nobody said. */
  readonly until: EpochMs | null;
  /** Its node does not answer: nothing is waited for that it would have to do. */
  readonly isLost: boolean;
  /** The runtime lets nobody evict it yet. */
  readonly isHeld: boolean;
}

export interface SeenGateway {
  readonly id: string;
  readonly ackedVersion: number;
  readonly lastSeenAt: EpochMs;
}

export interface Refusal {
  readonly reason: Reason;
  readonly message: string;
}

/** Where there is a place for the release, if only once the service's own replicas are gone; or why there is none; or what is on its way out that may make one. */
export type Placement =
  | { readonly strategy: RolloutStrategy }
  | Refusal
  | { readonly waitsFor: 'room'; readonly message: string };

export type RolloutAction =
  /** Ask the runtime whether the desired release fits; plan again with the answer. */
  | { readonly kind: 'check_placement' }
  | ({ readonly kind: 'apply'; readonly replicaSet: ReleaseId } & Partial<KeptBeside>)
  /** Compute and publish the route table; note its version on the rollout. */
  | { readonly kind: 'publish' }
  | { readonly kind: 'retire'; readonly replicaSet: ReleaseId }
  /** Nothing of a deleted service is left running: take it off the runtime. */
  | { readonly kind: 'remove' };

/** What becomes of replicas on nodes that are to go, and of those that stood in for them. */
export interface KeptBeside {
  /** These stay beside as many others as the release should have. */
  readonly beside: readonly string[];
  /** These are the first to go. */
  readonly goes: readonly string[];
  /** These may be evicted from now on, whether another one stands or not. */
  readonly evictable: readonly string[];
}

export type RolloutMove =
  | { readonly to: 'shifting' | 'complete' | 'aborted' | 'superseded' }
  /** `strategy` when it begins, and not when it goes on after a pause. */
  | { readonly to: 'preparing'; readonly strategy?: RolloutStrategy }
  | { readonly to: 'paused'; readonly from: RolloutPhase }
  /** The release is live from here on. */
  | { readonly to: 'draining' }
  | { readonly to: 'aborting'; readonly failure: Failure };

export interface Failure {
  readonly reason: Reason;
  readonly message: string;
  /** Whose last lines tell why, when a replica is to blame. */
  readonly replica: string | null;
}

/** What to do now. Actions come first, in order; then at most one move; then plan again. */
export interface RolloutPlan {
  readonly actions: readonly RolloutAction[];
  readonly move: RolloutMove | null;
  /** Start a rollout back to the release that stood before, because the live one failed while it was watched. */
  readonly takeBack: Failure | null;
  /** The live release came through its watch: it is not taken back any more. */
  readonly endWatch: boolean;
  /** Why nothing moves, for people; null when nothing is waited for. */
  readonly waiting: Refusal | null;
  /** When to look again at the latest, without a hint; null when only a change can matter. */
  readonly recheckMs: number | null;
}
