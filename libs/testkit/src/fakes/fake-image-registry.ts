import { createHash } from 'node:crypto';
import type { BuiltImage, ImageRegistry, StoredImage } from '@sconce/ports';

/** Images in memory. */
export interface FakeImageRegistry extends ImageRegistry {
  add(image: BuiltImage, labels: Readonly<Record<string, string>>, createdAt?: string): void;
  /** An image in use is not removed. */
  setUsed(digest: string, used: boolean): void;
}

export function fakeImageRegistry(): FakeImageRegistry {
  const images = new Map<string, { readonly image: BuiltImage; readonly stored: StoredImage }>();
  const used = new Set<string>();
  return {
    add: (image, labels, createdAt = '2026-01-01T00:00:00.000Z') => {
      images.set(image.digest, {
        image,
        stored: { digest: image.digest, labels, sizeBytes: image.sizeBytes, createdAt },
      });
    },
    setUsed: (digest, isUsed) => void (isUsed ? used.add(digest) : used.delete(digest)),
    inspect: async (digest) => images.get(digest)?.image ?? null,
    list: async () => [...images.values()].map(({ stored }) => stored).filter(({ labels }) => 'sconce.build' in labels),
    remove: async (digest) => {
      const found = images.get(digest);
      if (found === undefined) return true;
      if (used.has(digest) || !('sconce.build' in found.stored.labels)) return false;
      return images.delete(digest);
    },
  };
}

/** A built image like any other; `seed` decides its digest. */
export function aBuiltImage(seed: string, change: Partial<BuiltImage> = {}): BuiltImage {
  const digest = `sha256:${createHash('sha256').update(seed).digest('hex')}`;
  return {
    digest,
    sizeBytes: 1000,
    architecture: 'amd64',
    exposedPorts: [8000],
    layers: [{ digest, sizeBytes: 1000, createdBy: 'COPY . .' }],
    ...change,
  };
}
