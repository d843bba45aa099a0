import type { ImagePublisher, ImageRegistry } from '@sconce/ports';
import { imagesRepository } from './create-oci-image-registry.ts';
import { RegistryUnavailable } from './registry-unavailable.ts';

export interface OciImagePublisherOptions {
  /** As nodes reach it: `registry.example:5000/team`. */
  readonly registry: string;
  readonly home: string;
  /** Reads the registry that builds pushed to. */
  readonly images: Pick<ImageRegistry, 'inspect'>;
}

/** Images that builds pushed to a registry stand there already: they are looked for, and named as nodes pull them. */
export function createOciImagePublisher({ registry, home, images }: OciImagePublisherOptions): ImagePublisher {
  return {
    async publish(digest, signal) {
      signal.throwIfAborted();
      if ((await images.inspect(digest)) === null)
        throw new RegistryUnavailable(
          `the registry ${registry} has no image ${digest} any more. Build the commit again: what was removed there does not come back by itself`,
        );
      return { repository: `${registry}/${imagesRepository(home)}`, digest };
    },
  };
}
