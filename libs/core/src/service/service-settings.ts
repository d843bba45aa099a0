/** What a person may set on a service. Units are in the names; absent keys take `defaultServiceSettings`. */
export interface ServiceSettings {
  /** The port the process listens on inside its container; null until the image or a person names one. */
  readonly port: number | null;
  readonly probe: Probe;
  readonly resources: Resources;
  readonly scaling: Scaling;
  /** The longest request: how long a draining replica may finish what it has begun. */
  readonly drainTimeoutMs: number;
  /** How long a live release is watched; failing inside it takes the release back. */
  readonly watchMs: number;
  /** Replaces the image's command; null keeps it. */
  readonly command: readonly string[] | null;
  readonly volumes: readonly VolumeMount[];
  /** In the order in which they start. */
  readonly sidecars: readonly Sidecar[];
}

export interface Probe {
  /** Answered 200-399 means well; null means "the port accepts a connection". */
  readonly path: string | null;
  /** How long a replica may take to become ready the first time (a model that loads for minutes). */
  readonly startupTimeoutMs: number;
  /** Once ready: pause between two probes, the time one may take, and how many in a row make it unready. */
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly failureThreshold: number;
}

export interface Resources {
  readonly cpuMilli: number | null;
  readonly memoryMiB: number | null;
  readonly gpu: GpuRequest | null;
}

/** `L4`, `H100:2`, `24GB`: product (null = any), how many, memory each at least. */
export interface GpuRequest {
  readonly product: string | null;
  readonly count: number;
  readonly memoryMiB: number | null;
  /** Products that do as well as `product`, in order of preference; absent is none. */
  readonly alternatives?: readonly string[];
}

export interface Scaling {
  readonly min: number;
  readonly max: number;
  /** Requests one replica handles at once; null is no limit. */
  readonly concurrency: number | null;
  readonly idleMs: number;
}

export interface VolumeMount {
  readonly name: string;
  readonly path: string;
  readonly sizeMiB: number | null;
}

/** A process beside the main one in each replica (a cache, a tokeniser): it starts before it, stops after it, and shares its network. */
export interface Sidecar {
  /** Unique in its service, and not `main`. */
  readonly name: string;
  /** As an engine or a node pulls it: `redis:7`, `registry.example/tokeniser@sha256:...`. Only one with a digest stays the same for good. */
  readonly image: string;
  /** Replaces the image's command; null keeps it. */
  readonly command: readonly string[] | null;
  /** Plain values: they are frozen, compared and shown with the release. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it gets the variables and secrets of the service as well; its own lie above. */
  readonly sharesVariables: boolean;
  readonly cpuMilli: number | null;
  readonly memoryMiB: number | null;
}

/** How an image is made from a commit. Two services with equal build settings share a build. */
export interface BuildSettings {
  /** Paths are relative to the repository's root, without `..`. */
  readonly dockerfile: string;
  readonly context: string;
  /** Globs, `!` takes away; a push that touches none of them builds nothing. */
  readonly watch: readonly string[];
  readonly args: Readonly<Record<string, string>>;
  /** Names of secrets mounted at `/run/secrets/<name>` while building, never in a layer. */
  readonly secrets: readonly string[];
}

export const defaultServiceSettings: ServiceSettings = {
  port: null,
  probe: { path: null, startupTimeoutMs: 600_000, periodMs: 2_000, timeoutMs: 2_000, failureThreshold: 3 },
  resources: { cpuMilli: null, memoryMiB: null, gpu: null },
  scaling: { min: 1, max: 1, concurrency: null, idleMs: 600_000 },
  drainTimeoutMs: 30_000,
  watchMs: 60_000,
  command: null,
  volumes: [],
  sidecars: [],
};

export const defaultBuildSettings: BuildSettings = {
  dockerfile: 'Dockerfile',
  context: '.',
  watch: ['**'],
  args: {},
  secrets: [],
};
