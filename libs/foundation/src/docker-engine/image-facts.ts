/** The parts of the engine's `GET /images/{id}/json` and `/history` that say what an image is. */
export interface EngineImage {
  readonly Id: string;
  readonly Size: number;
  readonly Architecture: string;
  readonly Config?: { readonly ExposedPorts?: Readonly<Record<string, unknown>> | null } | null;
  readonly RootFS: { readonly Layers?: readonly string[] | null };
}

/** Newest first, as the engine answers it. */
export interface EngineImageStep {
  readonly CreatedBy: string;
  readonly Size: number;
  readonly Comment?: string;
}

export interface ImageFacts {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly architecture: string;
  readonly exposedPorts: readonly number[];
  readonly layers: readonly { readonly digest: string; readonly sizeBytes: number; readonly createdBy: string }[];
}

export function toImageFacts(image: EngineImage, history: readonly EngineImageStep[]): ImageFacts {
  return {
    digest: image.Id,
    sizeBytes: image.Size,
    architecture: image.Architecture,
    exposedPorts: toTcpPorts(Object.keys(image.Config?.ExposedPorts ?? {})),
    layers: toLayers(image.RootFS.Layers ?? [], history),
  };
}

/** `["8080/tcp", "53/udp", "80"]` -> `[80, 8080]`. */
function toTcpPorts(exposed: readonly string[]): readonly number[] {
  const ports = exposed
    .map((text) => /^(\d+)(?:\/tcp)?$/.exec(text)?.[1])
    .filter((port) => port !== undefined)
    .map(Number);
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** Instructions that leave a layer even when it is empty; `#(nop)` marks those of the older builder that leave none. */
const leavesLayer = /^(?:RUN|COPY|ADD|WORKDIR)\b|^\/bin\/sh -c (?!#\(nop\))|^$/;

/**
 * The engine lists steps with sizes and layers with digests, and not which belongs to which: a step with bytes always has a
 * layer, and of those without bytes as many as layers are left over, instructions that write files first.
 */
function toLayers(digests: readonly string[], history: readonly EngineImageStep[]): ImageFacts['layers'] {
  const steps = history.toReversed();
  let spare = digests.length - steps.filter((step) => step.Size > 0).length;
  const withLayer = steps.filter((step) => step.Size > 0 || (leavesLayer.test(step.CreatedBy) && spare-- > 0));
  return digests.map((digest, index) => {
    const step = withLayer[index];
    return { digest, sizeBytes: step?.Size ?? 0, createdBy: (step?.CreatedBy || step?.Comment) ?? '' };
  });
}
