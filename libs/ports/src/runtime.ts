import type {
  EnvironmentId,
  GpuRequest,
  ImageRef,
  LeavingCause,
  Probe,
  Reason,
  ReleaseId,
  Resources,
  ServiceId,
  Sidecar,
  VolumeMount,
} from '@sconce/core';

export interface ServiceRef {
  readonly service: ServiceId;
  readonly environment: EnvironmentId;
  /** Slugs, for names that people read. */
  readonly projectSlug: string;
  readonly environmentSlug: string;
  readonly serviceSlug: string;
}

/** The replicas one release should have. */
export interface ReplicaTarget {
  readonly service: ServiceRef;
  /** The release that owns the replicas; a later release with an equal spec shares them. */
  readonly release: ReleaseId;
  readonly releaseNumber: number;
  /** A runtime that has seen a higher generation for this service refuses quietly. */
  readonly generation: number;
  readonly replicas: number;
  readonly image: ImageRef;
  readonly command: readonly string[] | null;
  /** Name to value, secrets opened. Never logged, never in labels. */
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly port: number;
  readonly probe: Probe;
  readonly resources: Resources;
  readonly volumes: readonly VolumeMount[];
  /** Beside each replica's process, started before it in this order; absent is none. A replica is ready only while all of them run. */
  readonly sidecars?: readonly Sidecar[];
  /** SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
  /**
   * Ids of replicas that stay beside `replicas` others, because their node is to go or was. Absent is none; a runtime whose replicas never say that they are
   * leaving need not look.
   */
  readonly beside?: readonly string[];
  /** These are the first to go where there are too many. */
  readonly goes?: readonly string[];
  /** These may be evicted by whoever drains their node. All others are held. */
  readonly evictable?: readonly string[];
}

export interface ReleaseRef {
  readonly service: ServiceRef;
  readonly release: ReleaseId;
}

export type ReplicaHealth = 'starting' | 'ready' | 'unready' | 'exited' | 'stopping';

export interface ObservedReplica {
  /** The runtime's own id of it. */
  readonly id: string;
  /** Readable, unique in its service: `r12-7x2`. */
  readonly name: string;
  readonly service: ServiceId;
  readonly release: ReleaseId;
  readonly generation: number;
  /** A replica that is gone with its node is `stopping` for the reason `node_lost` for as long as nobody can say that it ended. */
  readonly health: ReplicaHealth;
  /** Why it is not ready, in a code and in words; null while ready. */
  readonly reason: Reason | null;
  readonly message: string | null;
  /** Where the gateway reaches it; null until it has an address. */
  readonly address: { readonly host: string; readonly port: number } | null;
  readonly node: string;
  readonly createdAt: string;
  /** When it got its place on a node; null: it has none yet. Absent where that takes no time. */
  readonly placedAt?: string | null;
  /** A node is being made ready for it by an autoscaler. */
  readonly isNodeComing?: boolean;
  /** Start of the current process, and how often it was started again after an exit. */
  readonly startedAt: string | null;
  readonly restarts: number;
  readonly exitCode: number | null;
  readonly outOfMemory: boolean;
  readonly gpus: readonly string[];
  /** Its node is to go, or does not answer; null or absent: it stays. */
  readonly leaving?: NodeLeaving | null;
  /** Its node stays, and it may still be evicted since that was to go: the next `apply` holds it again. */
  readonly isLoose?: boolean;
}

export interface NodeLeaving {
  readonly cause: LeavingCause;
  /** When the node goes at the latest; null where nobody said. */
  readonly until: string | null;
  /** Nobody may evict it yet: see `ReplicaTarget.evictable`. */
  readonly isHeld: boolean;
}

export interface NodePool {
  readonly name: string;
  readonly nodes: number;
  /** How many of them are to go, or do not answer: they take nothing new. Absent is none. */
  readonly leaving?: number;
  readonly cpuMilli: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly diskFreeMiB: number;
  readonly gpus: readonly {
    readonly product: string;
    readonly memoryMiB: number | null;
    readonly total: number;
    readonly free: number;
  }[];
}

export interface ReplicaRef {
  readonly service: ServiceId;
  readonly id: string;
}

/** Where to go on reading: the runtime's own position (a timestamp in nanoseconds, say); null is the start. */
export type LogCursor = string | null;

export interface RuntimeLogLine {
  /** Reading again from here gives the lines after this one, each exactly once. */
  readonly cursor: string;
  readonly at: string;
  readonly stream: 'stdout' | 'stderr';
  /** Without its newline; at most 64 KiB, longer lines come in pieces. */
  readonly text: string;
}

/** Where replicas run. Every call is idempotent and safe to repeat after a crash. Throws `RuntimeUnavailable` when it is away. */
export interface Runtime {
  /** Makes it so: starts what is missing, removes what is too many. Returns before replicas are ready. Throws `ReplicasRefused`. */
  apply(target: ReplicaTarget): Promise<void>;
  /** All replicas of the service, of every release, also exited ones that still stand. */
  observe(service: ServiceRef): Promise<readonly ObservedReplica[]>;
  /** Stops and removes all replicas of one release; resolves when they are gone. Unknown releases are fine. */
  retire(release: ReleaseRef): Promise<void>;
  /** Calls `onChange` soon after anything about a service may have changed. Hints, never data. Ends with the signal. */
  watch(onChange: (service: ServiceId) => void, signal: AbortSignal): Promise<void>;
  /** Follows until the replica is gone or the signal aborts. */
  logs(replica: ReplicaRef, from: LogCursor, signal: AbortSignal): AsyncIterable<RuntimeLogLine>;
  capacity(): Promise<readonly NodePool[]>;
}

/** Power found by `placement(runtime)`: answers before anything is stopped whether a request can be met at all. */
export interface PlacementCheck {
  /** Null when it fits; else why not, in words with what there is. */
  check(request: {
    readonly gpu: GpuRequest | null;
    readonly memoryMiB: number | null;
    readonly replicas: number;
    /** Where it would be started: of several clusters, the one of this environment is asked. */
    readonly environment?: EnvironmentId;
    /** GPUs that this service holds already count as free: its old replicas can hand them over. */
    readonly service?: ServiceId;
  }): Promise<{ readonly reason: Reason; readonly message: string } | null>;
}

/** Power found by `housekeeping(runtime)`: removes what belongs to no living environment or service. */
export interface Housekeeping {
  /** All services that have replicas on this runtime. */
  services(): Promise<readonly ServiceId[]>;
  /** All environments that have anything on this runtime: replicas, a network, volumes. */
  environments(): Promise<readonly EnvironmentId[]>;
  /** Removes all replicas of the service. */
  removeService(service: ServiceId): Promise<void>;
  /** Removes replicas and network. Volumes stay unless `volumes`. */
  removeEnvironment(environment: EnvironmentId, volumes: boolean): Promise<void>;
}

/** Power found by `warningsOf(runtime)`: what is not as it should be where it runs, in sentences for those who look after it. */
export interface Warnings {
  warnings(): readonly string[];
}

/** What one replica uses now. */
export interface ReplicaUsage {
  readonly id: string;
  readonly service: ServiceId;
  readonly release: ReleaseId;
  /** Processor time of all its processes so far; begins anew with its process. */
  readonly cpuMs: number;
  /** Without what the kernel only keeps because nobody else wants the room. */
  readonly memoryMiB: number;
  /** One for each GPU it holds; empty where there is none, null for what the driver does not tell. */
  readonly gpus: readonly GpuUsage[];
}

export interface GpuUsage {
  readonly id: string;
  readonly percent: number | null;
  readonly memoryMiB: number | null;
}

/** What is used of a node pool now, by whatever runs there. */
export interface PoolUsage {
  /** As `capacity` names it. */
  readonly pool: string;
  /** Processor time of all nodes so far. */
  readonly cpuMs: number;
  readonly memoryMiB: number;
  /** Where images and volumes lie, all nodes together; null where that cannot be seen from here. */
  readonly diskUsedMiB: number | null;
  readonly gpusHeld: number;
  readonly gpus: readonly GpuUsage[];
}

/** Power found by `usageMeter(runtime)`: asked every ten seconds, so an answer costs next to nothing. Throws `RuntimeUnavailable`. */
export interface UsageMeter {
  /** Replicas that run now; one that ends while it is looked at is left out. */
  usage(): Promise<{ readonly replicas: readonly ReplicaUsage[]; readonly pools: readonly PoolUsage[] }>;
}

export function usageMeter(runtime: Runtime): UsageMeter | null {
  return 'usage' in runtime ? (runtime as Runtime & UsageMeter) : null;
}

export function warningsOf(runtime: Runtime): readonly string[] {
  return 'warnings' in runtime ? (runtime as Runtime & Warnings).warnings() : [];
}

export function placement(runtime: Runtime): PlacementCheck | null {
  return 'check' in runtime ? (runtime as Runtime & PlacementCheck) : null;
}

export function housekeeping(runtime: Runtime): Housekeeping | null {
  return 'removeService' in runtime ? (runtime as Runtime & Housekeeping) : null;
}

export class RuntimeUnavailable extends Error {
  override readonly name = 'RuntimeUnavailable';
  /** Who does not answer, as a sentence begins with it. */
  readonly who: string;

  constructor(message: string, options: ErrorOptions & { readonly who?: string } = {}) {
    super(message, options);
    this.who = options.who ?? 'The container engine';
  }
}

/** An image is not where its nodes would pull it from, as the message says; all else answers. */
export class ImageNotThere extends RuntimeUnavailable {}

/** One of several clusters is away, or its credentials cannot be used; the others go on. */
export class ClusterUnavailable extends RuntimeUnavailable {
  readonly cluster: string;

  constructor(cluster: string, message: string, options?: ErrorOptions) {
    super(message, { ...options, who: `The cluster ${cluster}` });
    this.cluster = cluster;
  }
}

/** The target can never run here as it is: nothing was stopped. */
export class ReplicasRefused extends Error {
  override readonly name = 'ReplicasRefused';
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}
