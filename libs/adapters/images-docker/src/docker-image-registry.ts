import { parseEngineAddress, toImageFacts } from '@sconce/foundation';
import type { ImageRegistry, StoredImage } from '@sconce/ports';
import Docker from 'dockerode';
import { ImageStoreUnavailable } from './image-store-unavailable.ts';

export interface DockerImageRegistryOptions {
  /** As in `DOCKER_HOST`; null is this machine's engine. */
  readonly dockerHost: string | null;
  /** The installation: only images that it built are listed and removed. */
  readonly home: string;
}

const callTimeoutMs = 30_000;

/** The engine's own image store: on one machine what was built is already where it runs. */
export function createDockerImageRegistry(options: DockerImageRegistryOptions): ImageRegistry {
  const docker = new Docker({ ...parseEngineAddress(options.dockerHost), timeout: callTimeoutMs });
  return {
    inspect: async (digest) => {
      if (!isDigest(digest)) return null;
      const image = docker.getImage(digest);
      const found = await unlessStatus(
        [404],
        `inspect image ${digest}`,
        Promise.all([image.inspect(), image.history()]),
      );
      return typeof found === 'number' ? null : toImageFacts(...found);
    },
    list: async () => {
      const filters = { label: ['sconce.build', `sconce.home=${options.home}`] };
      const images = await unlessStatus([], 'list images', docker.listImages({ filters }));
      return typeof images === 'number' ? [] : images.map(toStoredImage);
    },
    remove: async (digest) => {
      if (!isDigest(digest)) return true;
      return removeImage(docker, digest, options.home);
    },
  };
}

async function removeImage(docker: Docker, digest: string, home: string): Promise<boolean> {
  const image = docker.getImage(digest);
  const facts = await unlessStatus([404], `inspect image ${digest}`, image.inspect());
  if (typeof facts === 'number') return true;
  // Base images and those of another installation are not ours to remove.
  if (facts.Config.Labels?.['sconce.home'] !== home) return false;
  // Not forced: with `force` the engine would take an image from under a stopped container that may start again. By tags, since an
  // image with several cannot be removed by its digest otherwise; the last tag takes the image with it.
  const names = facts.RepoTags?.length ? facts.RepoTags : [digest];
  for (const name of names) {
    const answer = await unlessStatus([404, 409], `remove image ${name}`, docker.getImage(name).remove());
    // 409: a container uses it, or an image is built on it.
    if (answer === 409) return false;
  }
  return true;
}

function toStoredImage(image: Docker.ImageInfo): StoredImage {
  return {
    digest: image.Id,
    labels: image.Labels ?? {},
    sizeBytes: image.Size,
    createdAt: new Date(image.Created * 1000).toISOString(),
  };
}

const isDigest = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text);

/** The answer, or the status when it is one of those that are answers as well. Throws `ImageStoreUnavailable` on all others. */
async function unlessStatus<T, S extends number>(
  statuses: readonly S[],
  what: string,
  call: Promise<T>,
): Promise<T | S> {
  try {
    return await call;
  } catch (cause) {
    const status = (cause as { readonly statusCode?: number }).statusCode;
    const answer = statuses.find((expected) => expected === status);
    if (answer !== undefined) return answer;
    throw new ImageStoreUnavailable(`could not ${what}: ${(cause as Error).message}`, { cause });
  }
}
