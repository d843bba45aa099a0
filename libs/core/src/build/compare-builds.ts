import type { BuildStep } from './build-steps.ts';

export interface ImageLayer {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly createdBy: string;
}

export interface BuildParts {
  readonly steps: readonly BuildStep[];
  readonly layers: readonly ImageLayer[];
}

export interface ComparedStep extends BuildStep {
  /** The same step in the build before; null: it had none. */
  readonly before: Pick<BuildStep, 'is' | 'ms'> | null;
}

export interface ComparedLayer extends ImageLayer {
  readonly is: 'same' | 'changed' | 'new';
  readonly beforeBytes: number | null;
}

export interface ComparedBuild {
  readonly steps: readonly ComparedStep[];
  readonly layers: readonly ComparedLayer[];
  /** Of the image before, those that have no like here. */
  readonly gone: readonly Pick<ImageLayer, 'createdBy' | 'sizeBytes'>[];
}

/**
 * Pairs steps by what they do and layers by what made them, the first with the first where two are alike, so that a line added or moved shows
 * as that and not as a change of everything below it.
 */
export function compareBuilds(now: BuildParts, before: BuildParts | null): ComparedBuild {
  const olderSteps = queueBy(before?.steps ?? [], ({ title }) => title);
  const olderLayers = queueBy(before?.layers ?? [], ({ createdBy }) => createdBy);
  const sameDigests = new Set(before?.layers.map(({ digest }) => digest) ?? []);
  const layers = now.layers.map((layer): ComparedLayer => {
    const older = takeLike(olderLayers, layer.createdBy, layer.digest);
    const is = sameDigests.has(layer.digest) ? 'same' : older ? 'changed' : 'new';
    return { ...layer, is, beforeBytes: older?.sizeBytes ?? null };
  });
  return {
    steps: now.steps.map((step) => {
      const older = olderSteps.get(step.title)?.shift();
      return { ...step, before: older ? { is: older.is, ms: older.ms } : null };
    }),
    layers,
    gone: [...olderLayers.values()].flat().map(({ createdBy, sizeBytes }) => ({ createdBy, sizeBytes })),
  };
}

function queueBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const queues = new Map<string, Item[]>();
  for (const item of items) queues.set(keyOf(item), [...(queues.get(keyOf(item)) ?? []), item]);
  return queues;
}

/** The one with the same digest, else the first that the same instruction made. */
function takeLike(queues: Map<string, ImageLayer[]>, createdBy: string, digest: string): ImageLayer | undefined {
  const queue = queues.get(createdBy) ?? [];
  const same = queue.findIndex((layer) => layer.digest === digest);
  return queue.splice(Math.max(0, same), 1)[0];
}
