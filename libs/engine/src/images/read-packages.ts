import {
  appendEvents,
  claimImageToRead,
  giveUpPackages,
  type ImageToRead,
  postponePackages,
  putPackageList,
  readReleasesOfImage,
} from '@sconce/db';
import type { PackageReader } from '@sconce/ports';
import type { Deps } from '../deps.ts';

type ReadDeps = Deps & { readonly packageReader: PackageReader };

/** An image of 16 GiB at the pace of the reader takes less than six minutes. */
const readMs = 600_000;
/** Longer than reading may take, so that nobody else begins while it does. */
const leaseMs = readMs + 60_000;
const maxTries = 5;
const firstAgainMs = 60_000;

/**
 * Reads the packages of images one after the other, whenever there is one whose packages are not known and nothing more urgent is under way, until
 * the signal aborts.
 */
export async function keepPackagesKnown(deps: ReadDeps, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await deps.clock.sleep(everyMs, signal);
      while (await readNextPackages(deps, signal));
    } catch (error) {
      if (!signal.aborted) deps.log.warn({ err: error }, 'packages of images could not be read');
    }
  }
}

/** Answers whether there was an image to read. Safe to call at once in several processes. */
export async function readNextPackages(deps: ReadDeps, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const image = await claimImageToRead(deps.db.tx, leaseMs);
  if (image === null) return false;
  try {
    const list = await deps.packageReader.read(image.digest, AbortSignal.any([signal, AbortSignal.timeout(readMs)]));
    if (list === null) await giveUpPackages(deps.db.tx, image.digest, 'image_missing');
    else
      await deps.db.transaction(async (tx) => {
        if (!(await putPackageList(tx, image.digest, list))) return;
        const releases = await readReleasesOfImage(tx, image.digest);
        await appendEvents(
          tx,
          releases.map(({ id, number, ...place }) => ({
            type: 'release.packages_read',
            ...place,
            subjectId: id,
            data: { number },
          })),
        );
      });
  } catch (error) {
    await tryAgainLater(deps, image, error, signal);
  }
  return true;
}

async function tryAgainLater(deps: ReadDeps, image: ImageToRead, error: unknown, signal: AbortSignal): Promise<void> {
  const { digest, tries } = image;
  // This process stops: another one may begin at once.
  if (signal.aborted) return postponePackages(deps.db.tx, digest, 0);
  deps.log.warn({ err: error, image: digest, tries }, 'the packages of an image could not be read');
  if (tries >= maxTries) return giveUpPackages(deps.db.tx, digest, 'unreadable');
  await postponePackages(deps.db.tx, digest, firstAgainMs * 4 ** (tries - 1));
}
