import { type BuildRow, findReusableImages, markImageRemoved } from '@sconce/db';
import type { BuiltImage, ImageRegistry } from '@sconce/ports';
import type { Deps } from '../deps.ts';

export interface ReusableImage {
  readonly image: BuiltImage;
  /** The build that made it. */
  readonly buildId: string;
}

/** The newest image of an equal tree with equal settings and secrets that is still there; null when there is none, or it cannot be told. */
export async function findReusable(
  deps: Deps & { readonly images: ImageRegistry },
  build: Pick<BuildRow, 'repositoryId' | 'settingsHash'>,
  tree: string,
  signal: AbortSignal,
): Promise<ReusableImage | null> {
  for (const { digest, buildId } of await findReusableImages(
    deps.db.tx,
    build.repositoryId,
    tree,
    build.settingsHash,
  )) {
    try {
      const image = await deps.images.inspect(digest);
      if (image !== null) return { image, buildId };
      await markImageRemoved(deps.db.tx, digest);
    } catch (error) {
      signal.throwIfAborted();
      deps.log.warn({ err: error, digest }, 'an image could not be looked at; building instead');
    }
  }
  return null;
}
