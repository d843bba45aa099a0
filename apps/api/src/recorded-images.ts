import { type Database, findKeptImage } from '@sconce/db';
import type { ImageRegistry } from '@sconce/ports';

/**
 * Images as the database knows them. This process may not ask an engine: what was collected says so in its row, and whether an image
 * really stands is looked at again by whoever starts it.
 */
export function recordedImages(db: () => Database): Pick<ImageRegistry, 'inspect'> & ImageRegistry {
  const notHere = () => Promise.reject(new Error('The API process does not manage images'));
  return {
    inspect: async (digest) => {
      const image = await findKeptImage(db().tx, digest);
      return (
        image && {
          digest,
          sizeBytes: Number(image.sizeBytes),
          architecture: image.architecture,
          exposedPorts: image.exposedPorts,
          layers: [],
        }
      );
    },
    list: notHere,
    remove: notHere,
  };
}
