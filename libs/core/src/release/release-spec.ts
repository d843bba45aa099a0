import type { SealedValueId } from '../id.ts';
import type { Probe, Resources, Scaling, Sidecar, VolumeMount } from '../service/service-settings.ts';

/** An OCI image by digest (`sha256:<64 hex>`), never by tag. On one machine it is the engine's own image id. */
export interface ImageRef {
  readonly digest: string;
  /** `registry/repository` to pull it from; null when it only stands in the engine that built it. */
  readonly repository: string | null;
}

/** All that decides how a release runs. Immutable; two releases with equal specs run the same thing. */
export interface ReleaseSpec {
  readonly image: ImageRef;
  readonly command: readonly string[] | null;
  readonly port: number;
  readonly probe: Probe;
  readonly resources: Resources;
  readonly scaling: Scaling;
  readonly drainTimeoutMs: number;
  readonly watchMs: number;
  readonly volumes: readonly VolumeMount[];
  /** Absent is none: so are those of releases that were made before there were any. */
  readonly sidecars?: readonly Sidecar[];
  /** Sorted by name. Values stay sealed; the version says which one. */
  readonly variables: readonly FrozenValue[];
  readonly secrets: readonly FrozenValue[];
}

export interface FrozenValue {
  readonly name: string;
  readonly version: number;
  readonly sealed: SealedValueId;
  /** First 12 hex digits of a keyed hash: equal values show equal, and nothing else is learned. */
  readonly fingerprint: string;
}
