import { packageReaderContract } from '../contract/package-reader-contract.ts';
import { aBuiltImage } from './fake-image-registry.ts';
import { fakePackageReader } from './fake-package-reader.ts';

packageReaderContract('the fake', async () => {
  const reader = fakePackageReader();
  let made = 0;
  return {
    reader,
    addImage: async (files, settings) => {
      made += 1;
      const { digest } = aBuiltImage(`packages ${made}`);
      reader.add(digest, files, settings);
      return digest;
    },
    removeImage: async (digest) => reader.remove(digest),
    close: async () => undefined,
  };
});
