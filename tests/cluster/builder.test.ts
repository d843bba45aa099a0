import { builderContract, pushBusyboxImage } from '@sconce/testkit';
import { openClusterBuilder, registryForPods, registryUnderTest } from '../support/build-place.ts';

builderContract(
  'builder-kubernetes',
  async () => {
    const place = openClusterBuilder(`builds-${process.pid}`);
    const base = await pushBusyboxImage(`${registryUnderTest()}/sconce-test/build-base`, []);
    return {
      builder: place.builder,
      baseImage: `${registryForPods().replace('http://', '')}/sconce-test/build-base@${base.digest}`,
      labelsOf: async (digest) => (await place.images.list()).find((image) => image.digest === digest)?.labels ?? {},
      close: place.close,
    };
  },
  {
    cache_mounts:
      'Each build has a pod of its own, and its disk goes with it: layers are kept in the registry, mounts are not.',
    layer_sizes: 'A registry knows how large layers are as they are sent, which is compressed.',
  },
);
