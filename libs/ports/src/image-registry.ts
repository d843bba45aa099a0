import type { ImageRef } from '@sconce/core';
import type { BuiltImage } from './builder.ts';

export interface StoredImage {
  readonly digest: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  readonly createdAt: string;
}

/** Where built images are kept: the engine's own store on one machine, an OCI registry in a cluster. */
export interface ImageRegistry {
  /** Null when it is not there. */
  inspect(digest: string): Promise<BuiltImage | null>;
  /** Only images that Sconce built (label `sconce.build`). */
  list(): Promise<readonly StoredImage[]>;
  /** True when it is gone afterwards, also when it was never there; false when something still uses it. */
  remove(digest: string): Promise<boolean>;
}

/** Brings built images to where the nodes of a cluster pull them from. */
export interface ImagePublisher {
  /** How nodes name it, once it is there; an image that is there already is not sent again. Rejects when it did not get there, or with the signal's reason. */
  publish(digest: string, signal: AbortSignal): Promise<ImageRef>;
}
