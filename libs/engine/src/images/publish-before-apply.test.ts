import type { ImageRef, ServiceId } from '@sconce/core';
import { type Runtime, RuntimeUnavailable } from '@sconce/ports';
import { aReplicaTarget } from '@sconce/testkit';
import { describe, expect, it } from 'vitest';
import { publishBeforeApply } from './publish-before-apply.ts';

const pushed: ImageRef = { repository: 'registry.example/sconce-main', digest: `sha256:${'b'.repeat(64)}` };

function aWorld() {
  const applied: ImageRef[] = [];
  const pushes: { digest: string; end: PromiseWithResolvers<ImageRef> }[] = [];
  const runtime = {
    apply: async ({ image }) => void applied.push(image),
    watch: (_, signal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
  } as Pick<Runtime, 'apply' | 'watch'> as Runtime;
  const publisher = {
    publish(digest: string) {
      const end = Promise.withResolvers<ImageRef>();
      pushes.push({ digest, end });
      return end.promise;
    },
  };
  const hints: ServiceId[] = [];
  const abort = new AbortController();
  const both = publishBeforeApply(runtime, publisher, abort.signal);
  const watching = both.watch((service) => hints.push(service), abort.signal);
  const settled = () => new Promise(setImmediate);
  const end = async () => {
    abort.abort();
    await watching;
  };
  return { both, applied, pushes, hints, settled, end };
}

describe('publishBeforeApply', () => {
  it('publishes an image once for all who wait for it, and hints when it is there', async () => {
    const { both, applied, pushes, hints, settled, end } = aWorld();
    const [one, other] = [aReplicaTarget(), aReplicaTarget()];
    await both.apply(one);
    await both.apply(one);
    await both.apply(other);
    expect([applied, hints, pushes.length]).toEqual([[], [], 1]);
    pushes[0]?.end.resolve(pushed);
    await settled();
    expect(hints.sort()).toEqual([one.service.service, other.service.service].sort());
    await both.apply(one);
    expect(applied).toEqual([pushed]);
    expect(pushes).toHaveLength(1);
    await end();
  });

  it('says why an image did not get there, and tries it again', async () => {
    const { both, applied, pushes, hints, settled, end } = aWorld();
    const target = aReplicaTarget();
    await both.apply(target);
    pushes[0]?.end.reject(new Error('no space left'));
    await settled();
    expect(hints).toEqual([target.service.service]);
    const refused = both.apply(target);
    await expect(refused).rejects.toThrow(RuntimeUnavailable);
    await expect(refused).rejects.toThrow(/no space left/);
    await both.apply(target);
    pushes[1]?.end.resolve(pushed);
    await settled();
    await both.apply(target);
    expect(applied).toEqual([pushed]);
    await end();
  });

  it('leaves alone what needs no image, and what is in a registry already', async () => {
    const { both, applied, pushes, end } = aWorld();
    await both.apply(aReplicaTarget({ replicas: 0 }));
    await both.apply(aReplicaTarget({ image: pushed }));
    expect([applied.length, pushes.length]).toEqual([2, 0]);
    await end();
  });
});
