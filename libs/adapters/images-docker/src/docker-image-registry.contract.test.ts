import { toImageFacts } from '@sconce/foundation';
import { imageRegistryContract, importBusyboxImage } from '@sconce/testkit';
import Docker from 'dockerode';
import { describe, expect, it } from 'vitest';
import { createDockerImageRegistry } from './docker-image-registry.ts';

const docker = new Docker({ socketPath: '/var/run/docker.sock' });
const home = `images-${process.pid}`;

/** An image of its own with these labels, by committing a container: quicker than a build, and no other adapter is needed. */
async function commit(base: string, labels: Readonly<Record<string, string>>): Promise<string> {
  const container = await docker.createContainer({ Image: base, Cmd: ['true'] });
  const label = Object.entries(labels).map(([name, value]) => `LABEL ${name}=${value}`);
  const { Id } = await container.commit({
    changes: [...label, 'EXPOSE 8000'].join('\n'),
    repo: `sconce/${home}/${Date.now()}${Math.random().toString(36).slice(2)}`,
  });
  await container.remove({ force: true });
  return Id.startsWith('sha256:') ? Id : `sha256:${Id}`;
}

imageRegistryContract('images-docker', async () => {
  const base = await importBusyboxImage(`sconce-test-base:${home}`);
  const registry = createDockerImageRegistry({ dockerHost: null, home });
  return {
    registry,
    addBuilt: async (build) => {
      const image = docker.getImage(await commit(base.name, { 'sconce.build': build, 'sconce.home': home }));
      return toImageFacts(await image.inspect(), await image.history());
    },
    addForeign: () => commit(base.name, { 'sconce.build': 'bld_other', 'sconce.home': `${home}-other` }),
    use: async (digest) => {
      const container = await docker.createContainer({ Image: digest, Cmd: ['true'] });
      return async () => container.remove({ force: true });
    },
    close: async () => {
      const images = await docker.listImages({ filters: { label: ['sconce.build'] } });
      const own = images.filter((image) => image.Labels['sconce.home']?.startsWith(home));
      await Promise.all(own.map((image) => docker.getImage(image.Id).remove({ force: true })));
      await base.remove();
    },
  };
});

describe('images-docker', () => {
  it('tells an engine that is away', async () => {
    const registry = createDockerImageRegistry({ dockerHost: 'unix:///nonexistent/docker.sock', home });
    const digest = `sha256:${'0'.repeat(64)}`;
    const calls = await Promise.allSettled([registry.list(), registry.inspect(digest), registry.remove(digest)]);
    const names = calls.map((call) => (call.status === 'rejected' ? call.reason.name : 'answered'));
    expect(names).toEqual(Array(3).fill('ImageStoreUnavailable'));
  });
});
