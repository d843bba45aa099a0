import { gatherPackages, type ImageSettings } from '@sconce/core';
import { makePace, parseEngineAddress } from '@sconce/foundation';
import type { Clock, PackageReader } from '@sconce/ports';
import Docker from 'dockerode';
import type { DockerImageRegistryOptions } from '../docker-image-registry.ts';
import { asking } from '../image-store-unavailable.ts';
import { containerFiles } from './container-files.ts';

export interface DockerPackageReaderOptions extends DockerImageRegistryOptions {
  readonly clock: Clock;
  /** How fast an image is looked through: slower costs others less. */
  readonly bytesPerSecond?: number;
}

const callTimeoutMs = 30_000;
/** About a quarter of one core, the engine's part included. */
const defaultBytesPerSecond = 50 * 1024 ** 2;
/** Longer than anybody reads: what stands since then was left by a process that died. */
const leftOverMs = 3_600_000;
const kindLabel = 'sconce.kind';
const homeLabel = 'sconce.home';
const kind = 'packages';

/**
 * Reads the files of a container that is made of the image and never started: no line of the image runs, and there is nothing in it to be kept from a
 * network. On one machine that is the only way into an image that needs neither the engine's own folders nor a copy of the whole.
 */
export function createDockerPackageReader(options: DockerPackageReaderOptions): PackageReader {
  const docker = new Docker({ ...parseEngineAddress(options.dockerHost), timeout: callTimeoutMs });
  const { home, clock, bytesPerSecond = defaultBytesPerSecond } = options;
  return {
    read: async (digest, signal) => {
      signal.throwIfAborted();
      if (!/^sha256:[0-9a-f]{64}$/.test(digest)) return null;
      const config = await findConfig(docker, digest);
      if (config === null) return null;
      await removeLeftOvers(docker, home, clock.now() - leftOverMs);
      const container = await asking(
        `make a container of ${digest}`,
        docker.createContainer(toContainer(digest, home, config)),
      );
      try {
        const files = containerFiles(container, makePace(clock, bytesPerSecond, signal), signal);
        return await gatherPackages(files, toSettings(config));
      } finally {
        await asking('remove a container', container.remove({ force: true, v: true }));
      }
    },
  };
}

type ImageConfig = Docker.ImageInspectInfo['Config'];

async function findConfig(docker: Docker, digest: string): Promise<ImageConfig | null> {
  const asked = docker
    .getImage(digest)
    .inspect()
    .catch((error: { readonly statusCode?: number }) => {
      if (error.statusCode === 404) return null;
      throw error;
    });
  return (await asking(`inspect image ${digest}`, asked))?.Config ?? null;
}

function toSettings(config: ImageConfig): ImageSettings {
  return { env: config.Env ?? [], workingDirectory: config.WorkingDir ?? '' };
}

/** One that could do nothing if it were started, which it is not. */
function toContainer(image: string, home: string, config: ImageConfig): Docker.ContainerCreateOptions {
  return {
    Image: image,
    Labels: { [homeLabel]: home, [kindLabel]: kind },
    Entrypoint: ['/never-started'],
    Cmd: [],
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      // Or the engine would copy what the image has in its volumes, however much that is.
      Mounts: Object.keys(config.Volumes ?? {}).map((Target) => ({ Type: 'tmpfs', Target, Source: '' })),
    },
  };
}

async function removeLeftOvers(docker: Docker, home: string, before: number): Promise<void> {
  const filters = { label: [`${homeLabel}=${home}`, `${kindLabel}=${kind}`] };
  const standing = await asking('list containers', docker.listContainers({ all: true, filters }));
  const old = standing.filter(({ Created }) => Created * 1_000 < before);
  for (const { Id } of old) {
    const removed = docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoreGone);
    await asking('remove a container that was left over', removed);
  }
}

function ignoreGone(error: { readonly statusCode?: number }): void {
  // 404: gone already. 409: somebody is removing it.
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
}
