import type { BuiltImage, ImageRegistry } from '@sconce/ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

export interface ImageRegistryUnderTest {
  readonly registry: ImageRegistry;
  /** Makes an image that Sconce built: with a label `sconce.build` of that value, and `EXPOSE 8000`. */
  addBuilt(build: string): Promise<BuiltImage>;
  /** The digest of an image that is there and was not built by this installation. */
  addForeign(): Promise<string>;
  /** Puts the image to use until the answer is called. */
  use(digest: string): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const unknownDigest = `sha256:${'0123456789abcdef'.repeat(4)}`;

export type ImageRegistryDifference = 'in_use';

/** What every image registry must do. `differences` names what this one cannot, and why. */
export function imageRegistryContract(
  name: string,
  make: () => Promise<ImageRegistryUnderTest>,
  differences: Partial<Record<ImageRegistryDifference, string>> = {},
): void {
  describe(`${name} as an image registry`, () => {
    let subject: ImageRegistryUnderTest;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject?.close());
    const listed = async () => (await subject.registry.list()).map(({ digest }) => digest);

    it('tells what an image is as its builder did', async () => {
      const built = await subject.addBuilt('bld_inspected');
      expect(await subject.registry.inspect(built.digest)).toEqual(built);
      expect(built.exposedPorts).toEqual([8000]);
    });

    it.each([unknownDigest, '', 'debian:latest', '../x', 'sha256:short'])(
      'answers null for the image %j',
      async (digest) => {
        expect(await subject.registry.inspect(digest)).toBeNull();
      },
    );

    it('lists what Sconce built, and nothing else', async () => {
      const [one, two] = [await subject.addBuilt('bld_one'), await subject.addBuilt('bld_two')];
      const foreign = await subject.addForeign();
      const all = await subject.registry.list();
      expect(all.map(({ digest }) => digest)).toEqual(expect.arrayContaining([one.digest, two.digest]));
      expect(all.map(({ digest }) => digest)).not.toContain(foreign);
      const found = all.find(({ digest }) => digest === one.digest);
      expect(found).toMatchObject({ labels: { 'sconce.build': 'bld_one' }, sizeBytes: one.sizeBytes });
      expect(new Date(found?.createdAt ?? '').toISOString()).toBe(found?.createdAt);
    });

    it('removes an image, and is content when it is gone already', async () => {
      const { digest } = await subject.addBuilt('bld_removed');
      expect(await subject.registry.remove(digest)).toBe(true);
      expect(await subject.registry.inspect(digest)).toBeNull();
      expect(await listed()).not.toContain(digest);
      expect(await subject.registry.remove(digest)).toBe(true);
      expect(await subject.registry.remove(unknownDigest)).toBe(true);
    });

    it.skipIf(differences.in_use !== undefined)('keeps an image that is in use', async () => {
      const { digest } = await subject.addBuilt('bld_used');
      const release = await subject.use(digest);
      expect(await subject.registry.remove(digest)).toBe(false);
      expect(await subject.registry.inspect(digest)).not.toBeNull();
      await release();
      expect(await subject.registry.remove(digest)).toBe(true);
    });

    it('keeps images of others', async () => {
      const foreign = await subject.addForeign();
      expect(await subject.registry.remove(foreign)).toBe(false);
      expect(await subject.registry.inspect(foreign)).not.toBeNull();
    });
  });
}
