import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { gatherPackages } from '@sconce/core';
import { makePace, type Pace, type PaceClock, readTar, TarInvalid } from '@sconce/foundation';
import type { PackageReader } from '@sconce/ports';
import { createDistributionApi, type DistributionApi } from '../api/distribution-api.ts';
import { toRegistryAddress } from '../api/registry-address.ts';
import { imagesRepository, type OciImageRegistryOptions } from '../create-oci-image-registry.ts';
import type { ImageManifest } from '../image-documents.ts';
import { isDigest, readDocuments } from '../read-documents.ts';
import { RegistryUnavailable } from '../registry-unavailable.ts';
import { type ImageTree, makeImageTree } from './image-tree.ts';

export interface OciPackageReaderOptions extends OciImageRegistryOptions {
  readonly clock: PaceClock;
  /** How fast layers are looked through, unpacked: slower costs others less. */
  readonly bytesPerSecond?: number;
}

const defaultBytesPerSecond = 50 * 1024 ** 2;
/** Of one image, unpacked, with all that is passed over: CUDA's libraries are some 5 GiB. */
const maxStreamedBytes = 16 * 1024 ** 3;
const maxKeptBytes = 32 * 1024 ** 2;
/** Names are held in memory, some 200 bytes each. An image with PyTorch has about 50,000. */
const maxEntries = 400_000;
const databaseBytes = 16 * 1024 ** 2;
const headBytes = 64 * 1024;

/** Looks through the layers of an image as they come from the registry, the lowest first. Nothing of it is written to a disk, and nothing of it runs. */
export function createOciPackageReader(options: OciPackageReaderOptions): PackageReader {
  const { registry, credentials, home, clock, bytesPerSecond = defaultBytesPerSecond } = options;
  const api = createDistributionApi(toRegistryAddress(registry, imagesRepository(home)), credentials);
  return {
    async read(digest, signal) {
      signal.throwIfAborted();
      const documents = isDigest(digest) ? await readDocuments(api, digest) : null;
      if (documents === null) return null;
      const tree = makeImageTree();
      const pace = makePace(clock, bytesPerSecond, signal);
      const isWhole = await readLayers(api, documents.manifest, tree, { pace, signal });
      const { Env, WorkingDir } = documents.config.config ?? {};
      return gatherPackages(tree.files(isWhole), { env: Env ?? [], workingDirectory: WorkingDir ?? '' });
    },
  };
}

interface Reading {
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

/** False where a limit ended it, or a layer could not be understood. */
async function readLayers(
  api: DistributionApi,
  { layers }: ImageManifest,
  tree: ImageTree,
  reading: Reading,
): Promise<boolean> {
  const left = { streamedBytes: maxStreamedBytes, keptBytes: maxKeptBytes, entries: maxEntries };
  for (const [index, layer] of layers.entries()) {
    try {
      const keep = (path: string, size: number) => Math.min(wantedBytes(path), size, Math.max(0, left.keptBytes));
      const content = unpackedLayer(api, layer, reading, left);
      for await (const entry of readTar(content, { keep })) {
        left.entries -= 1;
        left.keptBytes -= entry.content?.length ?? 0;
        if (left.entries < 0) return false;
        tree.add(index + 1, entry);
      }
    } catch (error) {
      reading.signal.throwIfAborted();
      if (error instanceof TarInvalid) return false;
      throw error;
    }
  }
  return true;
}

/** Of files that package managers write; nothing of all others. */
function wantedBytes(path: string): number {
  if (/(?:^|\/)(?:METADATA|PKG-INFO)$|\.egg-info$|^var\/lib\/dpkg\/status\.d\//.test(path)) return headBytes;
  return /^var\/lib\/dpkg\/status$|(?:^|\/)lib\/apk\/db\/installed$/.test(path) ? databaseBytes : 0;
}

async function* unpackedLayer(
  api: DistributionApi,
  { digest, mediaType = '' }: ImageManifest['layers'][number],
  { pace, signal }: Reading,
  left: { streamedBytes: number },
): AsyncGenerator<Uint8Array> {
  const attempt = `read layer ${digest}`;
  const packed = checked(await api.stream(attempt, `blobs/${digest}`, signal), digest);
  const unpacked = Readable.from(packed, { objectMode: false });
  const stream = unpack(unpacked, mediaType);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      left.streamedBytes -= chunk.length;
      if (left.streamedBytes <= 0) throw new TarInvalid('more than is looked through');
      await pace(chunk.length);
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TarInvalid || error instanceof RegistryUnavailable) throw error;
    // Neither gzip nor a registry says more of what ends in the middle.
    throw new RegistryUnavailable(`could not ${attempt}: ${(error as Error).message}`, { cause: error });
  } finally {
    unpacked.destroy();
    stream.destroy();
  }
}

/** A layer that cannot be unpacked ends with its stream's error. */
function unpack(packed: Readable, mediaType: string): Readable {
  if (!/gzip|zstd/.test(mediaType)) return packed;
  const unpacker = mediaType.endsWith('zstd') ? createZstdDecompress() : createGunzip();
  packed.on('error', (error) => unpacker.destroy(error));
  return packed.pipe(unpacker);
}

/** A digest says what the bytes must be. */
async function* checked(stream: AsyncIterable<Uint8Array>, digest: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of stream) {
    hash.update(chunk);
    yield chunk;
  }
  const actual = `sha256:${hash.digest('hex')}`;
  if (actual !== digest) throw new RegistryUnavailable(`the registry answered ${actual} for ${digest}`);
}
