import { createOciImageRegistry } from '@sconce/registry-oci';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registryForPods, registryUnderTest } from '../support/build-place.ts';
import { type ClusterPlatform, startPlatformOnCluster } from '../support/cluster-platform.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { pushTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: ClusterPlatform;
let shop: Workshop;
let base = '';

beforeAll(async () => {
  base = pushTinyBase(findDockerClient(), registryUnderTest(), registryForPods());
  platform = await startPlatformOnCluster({ buildsThere: true });
  shop = await openWorkshop(platform, 'vision');
});
afterAll(async () => {
  shop?.remove();
  await platform?.stop();
});

const repository = (body: string, more: readonly string[] = []) => {
  const files = tinyRepository({ body, base });
  return { ...files, Dockerfile: `${files.Dockerfile}${more.join('\n')}\n` };
};

describe('a push to a platform that has no container engine', () => {
  it('is built in the cluster, rolled out and answered', async () => {
    await shop.live(await shop.deploy(repository('one'), 'one'));
    expect(await (await fetch(shop.url)).text()).toBe('one');
  });

  it('goes back to what was, from the registry', async () => {
    await shop.live(await shop.deploy(repository('two'), 'two'));
    const { release } = await shop.client.createRollback({ params: { service: shop.service }, body: {} });
    await waitUntil('the rollback to be live', async () => (await shop.read()).live?.release.id === release.id);
    expect(await (await fetch(shop.url)).text()).toBe('one');
  });

  it('says that an image is gone from the registry, and goes on with what runs', async () => {
    // While it stands by, going back to it takes no image.
    await waitUntil(
      'the second one to be gone',
      async () => {
        const replicas = (await shop.client.listReplicas({ params: { service: shop.service } })).data;
        return replicas.every(({ name }) => name.startsWith('r1-'));
      },
      120_000,
    );
    const { data } = await shop.client.listReleases({ params: { service: shop.service } });
    const two = data.find(({ number }) => number === 2);
    const images = createOciImageRegistry({
      registry: registryUnderTest(),
      credentials: null,
      home: platform.installation,
    });
    expect(await images.remove(two?.image.digest ?? '')).toBe(true);
    // It knows of no image any more that it found before.
    await platform.processes.scheduler.end();
    await platform.processes.scheduler.start();
    await shop.client.createRollback({ params: { service: shop.service }, body: { release: 'r2' } });
    const service = await waitUntil('it to say so', async () => {
      const now = await shop.read();
      return now.waiting?.message.includes('has no image') ? now : null;
    });
    expect(service.waiting).toMatchObject({
      reason: 'image_pull_failed',
      message: expect.stringContaining('Build the commit again'),
    });
    expect(await (await fetch(shop.url)).text()).toBe('one');
  });

  it('says which step failed, and shows its log', async () => {
    const commit = await shop.deploy(repository('three', ['RUN echo about to fail; exit 7']), 'three');
    await expect(shop.live(commit)).rejects.toThrow(/build_step_failed.*about to fail.*exit code 7/s);
  });
});
