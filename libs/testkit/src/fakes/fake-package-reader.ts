import { gatherPackages, type ImageFiles, type ImageSettings } from '@sconce/core';
import type { PackageReader } from '@sconce/ports';

/** Files of an image by absolute path. */
export type FakeImageFiles = Readonly<Record<string, string>>;

/** Looks into images that are files in memory. */
export interface FakePackageReader extends PackageReader {
  add(digest: string, files: FakeImageFiles, settings?: Partial<ImageSettings>): void;
  remove(digest: string): void;
  /** The next reads end like this. */
  failWith(error: Error | null): void;
  /** Digests that were asked for, in order. */
  readonly asked: readonly string[];
}

export function fakePackageReader(): FakePackageReader {
  const images = new Map<string, { readonly files: FakeImageFiles; readonly settings: ImageSettings }>();
  const asked: string[] = [];
  let failure: Error | null = null;
  return {
    asked,
    add: (digest, files, settings = {}) =>
      void images.set(digest, { files, settings: { env: [], workingDirectory: '', ...settings } }),
    remove: (digest) => void images.delete(digest),
    failWith: (error) => {
      failure = error;
    },
    read: async (digest, signal) => {
      signal.throwIfAborted();
      asked.push(digest);
      if (failure !== null) throw failure;
      const image = images.get(digest);
      return image === undefined ? null : gatherPackages(filesInMemory(image.files), image.settings);
    },
  };
}

function filesInMemory(files: FakeImageFiles): ImageFiles {
  const below = (folder: string) => Object.keys(files).filter((path) => path.startsWith(`${folder}/`));
  return {
    read: async (path, maxBytes) => {
      const content = files[path];
      if (content === undefined) return null;
      const bytes = Buffer.from(content);
      return bytes.length > maxBytes ? 'too_large' : bytes;
    },
    isFolder: async (path) => below(path).length > 0,
    readBelow: async (folder, isWanted, maxBytes) => {
      const paths = below(folder);
      if (paths.length === 0) return null;
      const wanted = paths.filter((path) => isWanted(path.slice(folder.length + 1)));
      return { files: wanted.map((path) => Buffer.from(files[path] ?? '').subarray(0, maxBytes)), isWhole: true };
    },
  };
}
