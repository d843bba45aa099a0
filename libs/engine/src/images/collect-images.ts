import { markImageRemoved, readCollectableImages } from '@sconce/db';
import type { ImageRegistry } from '@sconce/ports';
import type { Deps } from '../deps.ts';

/** A rollback reaches this many releases back without a build. */
const keptReleases = 5;
const youngMs = 3_600_000;
const imagesAtOnce = 20;

/**
 * Removes images that nothing runs and no rollback of the last few releases needs; young ones stay, since a build may just be handing them
 * over. Answers what was removed. One that something still uses is left for the next time.
 */
export async function collectImages(
  deps: Deps & { readonly imageRegistry: ImageRegistry },
): Promise<readonly string[]> {
  const olderThan = new Date(deps.clock.now() - youngMs);
  const candidates = await readCollectableImages(deps.db.tx, keptReleases, olderThan, imagesAtOnce);
  const removed: string[] = [];
  for (const digest of candidates) {
    if (!(await deps.imageRegistry.remove(digest))) continue;
    await markImageRemoved(deps.db.tx, digest);
    removed.push(digest);
  }
  if (removed.length > 0) deps.log.info({ images: removed.length }, 'images collected');
  return removed;
}
