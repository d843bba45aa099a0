import { freePort, importBusyboxImage } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerImagePublisher } from './docker-image-publisher.ts';
import { ImageStoreUnavailable } from './image-store-unavailable.ts';

let image: Awaited<ReturnType<typeof importBusyboxImage>>;
let registry: string;
beforeAll(async () => {
  image = await importBusyboxImage(`sconce-test-publisher:${process.pid}`);
  registry = `127.0.0.1:${await freePort()}`;
});
afterAll(() => image?.remove());

/** What it publishes is pulled and run in `tests/cluster`. */
describe('createDockerImagePublisher', () => {
  const publisher = () => createDockerImagePublisher({ dockerHost: null, registry, credentials: null, home: 'test' });

  it('says of which image, and to which registry, where that does not answer', async () => {
    const failed = publisher().publish(image.digest, new AbortController().signal);
    await expect(failed).rejects.toThrow(ImageStoreUnavailable);
    await expect(failed).rejects.toThrow(`could not push image ${image.digest} to ${registry}`);
  });

  it('says so of an image that is not there', async () => {
    const failed = publisher().publish(`sha256:${'0'.repeat(64)}`, new AbortController().signal);
    await expect(failed).rejects.toThrow(/No such image/i);
  });

  it('ends with its signal', async () => {
    const reason = new Error('over');
    await expect(publisher().publish(image.digest, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
