import type { ImageRef, ServiceId } from '@sconce/core';
import { ImageNotThere, type ImagePublisher, type ReplicaTarget, type Runtime } from '@sconce/ports';

/**
 * A runtime whose nodes pull their images, for images that stand in the engine that built them: they are published first. That may take
 * minutes, so `apply` begins it and returns, as it does before replicas are ready; who watches hears when to apply again. What could not be
 * published is said by the next `apply`, and tried anew by the one after.
 */
export function publishBeforeApply<R extends Runtime>(runtime: R, publisher: ImagePublisher, signal: AbortSignal): R {
  const published = new Map<string, ImageRef>();
  const failed = new Map<string, string>();
  const underWay = new Map<string, Set<ServiceId>>();
  const listeners = new Set<(service: ServiceId) => void>();

  async function publish(digest: string, waiting: ReadonlySet<ServiceId>): Promise<void> {
    try {
      published.set(digest, await publisher.publish(digest, signal));
    } catch (error) {
      failed.set(digest, (error as Error).message);
    } finally {
      underWay.delete(digest);
    }
    for (const service of waiting) for (const listener of listeners) listener(service);
  }

  function wait({ image, service }: ReplicaTarget): void {
    const waiting = underWay.get(image.digest) ?? new Set<ServiceId>();
    waiting.add(service.service);
    if (underWay.has(image.digest)) return;
    underWay.set(image.digest, waiting);
    void publish(image.digest, waiting);
  }

  return {
    ...runtime,
    async apply(target) {
      if (target.image.repository !== null || target.replicas === 0) return runtime.apply(target);
      const image = published.get(target.image.digest);
      if (image !== undefined) return runtime.apply({ ...target, image });
      const why = failed.get(target.image.digest);
      if (why === undefined) return wait(target);
      failed.delete(target.image.digest);
      // A registry that is away or full passes, as an engine that is away does: nothing is given up for it.
      throw new ImageNotThere(`Its image did not get to the registry: ${why}`);
    },
    async watch(onChange, until) {
      listeners.add(onChange);
      try {
        await runtime.watch(onChange, until);
      } finally {
        listeners.delete(onChange);
      }
    },
  };
}
