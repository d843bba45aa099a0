import { parseEngineAddress } from '@sconce/foundation';
import type { ImagePublisher } from '@sconce/ports';
import Docker from 'dockerode';
import { ImageStoreUnavailable } from './image-store-unavailable.ts';

export interface DockerImagePublisherOptions {
  /** As in `DOCKER_HOST`; null is this machine's engine. */
  readonly dockerHost: string | null;
  /** `registry.example:5000`, or a path in it: `registry.example/team`. */
  readonly registry: string;
  /** Null where the registry asks for none. */
  readonly credentials: { readonly username: string; readonly password: string } | null;
  /** The installation: its images lie in a repository of their own. */
  readonly home: string;
}

/** For an image of many GB to a registry far away; a push that hangs is begun anew after it. */
const pushTimeoutMs = 60 * 60_000;

/** Pushes images from the engine that built them. The engine asks the registry first which layers it has. */
export function createDockerImagePublisher(options: DockerImagePublisherOptions): ImagePublisher {
  const { registry, credentials, home } = options;
  const docker = new Docker(parseEngineAddress(options.dockerHost));
  const repository = `${registry}/sconce-${home}`;
  const [serveraddress = registry] = registry.split('/');
  return {
    async publish(digest, signal) {
      // A tag of its own for each image: what a registry keeps no tag of, it may throw away.
      const tag = digest.slice('sha256:'.length).slice(0, 32);
      const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(pushTimeoutMs)]);
      try {
        signal.throwIfAborted();
        await docker.getImage(digest).tag({ repo: repository, tag });
        const authconfig = credentials === null ? {} : { ...credentials, serveraddress };
        const progress = await docker.getImage(`${repository}:${tag}`).push({ authconfig, abortSignal });
        return { repository, digest: await pushedDigest(docker, progress) };
      } catch (cause) {
        signal.throwIfAborted();
        throw new ImageStoreUnavailable(`could not push image ${digest} to ${registry}: ${(cause as Error).message}`, {
          cause,
        });
      }
    },
  };
}

interface PushProgress {
  readonly error?: string;
  readonly aux?: { readonly Digest?: string };
}

/** Of the manifest as the registry has it. The engine answers 200 and reports what fails later in the stream. */
async function pushedDigest(docker: Docker, progress: NodeJS.ReadableStream): Promise<string> {
  const lines = await new Promise<readonly PushProgress[]>((resolve, reject) => {
    docker.modem.followProgress(progress, (error, output) =>
      error ? reject(error) : resolve(output as PushProgress[]),
    );
  });
  const failed = lines.find(({ error }) => error !== undefined);
  if (failed !== undefined) throw new Error(failed.error);
  const digest = lines.map(({ aux }) => aux?.Digest).find((one) => one !== undefined);
  if (digest === undefined) throw new Error('the engine named no digest');
  return digest;
}
