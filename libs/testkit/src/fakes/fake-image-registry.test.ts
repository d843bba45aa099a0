import { imageRegistryContract } from '../contract/image-registry-contract.ts';
import { aBuiltImage, fakeImageRegistry } from './fake-image-registry.ts';

imageRegistryContract('the fake', async () => {
  const registry = fakeImageRegistry();
  return {
    registry,
    addBuilt: async (build) => {
      const image = aBuiltImage(build);
      registry.add(image, { 'sconce.build': build });
      return image;
    },
    addForeign: async () => {
      const image = aBuiltImage('foreign');
      registry.add(image, { maintainer: 'somebody' });
      return image.digest;
    },
    use: async (digest) => {
      registry.setUsed(digest, true);
      return async () => registry.setUsed(digest, false);
    },
    close: async () => undefined,
  };
});
