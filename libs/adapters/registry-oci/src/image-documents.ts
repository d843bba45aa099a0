import { toImageFacts } from '@sconce/foundation';
import type { BuiltImage, StoredImage } from '@sconce/ports';

/** The parts of an image manifest (OCI, or Docker's of version 2, which reads the same) that say what it is. */
export interface ImageManifest {
  readonly mediaType?: string;
  readonly config: { readonly digest: string; readonly size: number };
  readonly layers: readonly { readonly mediaType?: string; readonly digest: string; readonly size: number }[];
}

export interface ImageConfig {
  readonly architecture: string;
  readonly created?: string;
  readonly config?: {
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
    readonly Env?: readonly string[] | null;
    readonly WorkingDir?: string;
  } | null;
  readonly rootfs?: { readonly diff_ids?: readonly string[] | null } | null;
  readonly history?:
    | readonly { readonly created_by?: string; readonly comment?: string; readonly empty_layer?: boolean }[]
    | null;
}

export interface ImageDocuments {
  readonly digest: string;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

/** Of one image, not of a list of them for several processors. */
export const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;

/** Sizes are those that are stored and pulled, compressed; layers are named by what is in them, as engines name them. */
export function toBuiltImage({ digest, manifest, config }: ImageDocuments): BuiltImage {
  const withLayer = (config.history ?? []).filter((step) => step.empty_layer !== true);
  const steps = manifest.layers.map(({ size }, index) => ({
    CreatedBy: withLayer[index]?.created_by ?? '',
    Comment: withLayer[index]?.comment ?? '',
    Size: size,
  }));
  return toImageFacts(
    {
      Id: digest,
      Size: sizeOf(manifest),
      Architecture: config.architecture,
      Config: config.config ?? null,
      RootFS: { Layers: config.rootfs?.diff_ids ?? manifest.layers.map((layer) => layer.digest) },
    },
    steps.toReversed(),
  );
}

export function toStoredImage({ digest, manifest, config }: ImageDocuments): StoredImage {
  const created = new Date(config.created ?? 0);
  return {
    digest,
    labels: labelsOf(config),
    sizeBytes: sizeOf(manifest),
    createdAt: (Number.isNaN(created.getTime()) ? new Date(0) : created).toISOString(),
  };
}

export const labelsOf = ({ config }: ImageConfig): Readonly<Record<string, string>> => config?.Labels ?? {};

function sizeOf({ config, layers }: ImageManifest): number {
  return layers.reduce((sum, { size }) => sum + size, config.size);
}
