import type { ImageSettings, PackageList } from '@sconce/core';
import type { PackageReader } from '@sconce/ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FakeImageFiles } from '../fakes/fake-package-reader.ts';

export interface PackageReaderUnderTest {
  readonly reader: PackageReader;
  /** Makes an image of these files on top of nothing; answers its digest. */
  addImage(files: FakeImageFiles, settings?: Partial<ImageSettings>): Promise<string>;
  removeImage(digest: string): Promise<void>;
  close(): Promise<void>;
}

const status = (name: string, version: string, state = 'install ok installed') =>
  `Package: ${name}\nStatus: ${state}\nVersion: ${version}\nDescription: one\n of many lines\n\n`;
const metadata = (name: string, version: string) =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\nA readme\n`;
const site = '/usr/local/lib/python3.12/site-packages';

/** What every reader of packages must do. */
export function packageReaderContract(name: string, make: () => Promise<PackageReaderUnderTest>): void {
  describe(`${name} as a package reader`, () => {
    let subject: PackageReaderUnderTest;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject?.close());
    const never = new AbortController().signal;
    const listOf = async (files: FakeImageFiles, settings?: Partial<ImageSettings>): Promise<PackageList | null> =>
      subject.reader.read(await subject.addImage(files, settings), never);

    it('reads what Debian and Python installed', async () => {
      const list = await listOf({
        '/var/lib/dpkg/status': status('libc6', '2.36-9') + status('old', '1', 'deinstall ok config-files'),
        [`${site}/torch-2.5.1.dist-info/METADATA`]: metadata('torch', '2.5.1+cu124'),
        [`${site}/torch-2.5.1.dist-info/RECORD`]: 'torch/x.py,,\n',
        [`${site}/Old_Style-1.0.egg-info/PKG-INFO`]: metadata('Old.Style', '1.0'),
        [`${site}/torch/vendored-9.dist-info/METADATA`]: metadata('vendored', '9'),
        '/usr/lib/python3/dist-packages/six-1.16.0.egg-info': metadata('six', '1.16.0'),
      });
      expect(list).toEqual([
        {
          kind: 'python',
          gap: null,
          packages: [
            { name: 'old-style', version: '1.0' },
            { name: 'six', version: '1.16.0' },
            { name: 'torch', version: '2.5.1+cu124' },
          ],
        },
        { kind: 'debian', gap: null, packages: [{ name: 'libc6', version: '2.36-9' }] },
      ]);
    });

    it('reads one file for each package, as distroless images have them', async () => {
      const list = await listOf({
        '/var/lib/dpkg/status.d/base': 'Package: base-files\nVersion: 12.4\n',
        '/var/lib/dpkg/status.d/base.md5sums': 'Package: no\nVersion: 1\n',
        '/var/lib/dpkg/status.d/tzdata': 'Package: tzdata\nVersion: 2024a\n',
      });
      const packages = [
        { name: 'base-files', version: '12.4' },
        { name: 'tzdata', version: '2024a' },
      ];
      expect(list).toEqual([{ kind: 'debian', gap: null, packages }]);
    });

    it('reads Alpine’s, and says of RPM’s that there are some', async () => {
      const list = await listOf({
        '/lib/apk/db/installed': 'C:Q1x=\nP:musl\nV:1.2.5-r0\nF:lib\n\nP:zlib\nV:1.3.1-r1\n',
        '/var/lib/rpm/rpmdb.sqlite': 'SQLite format 3',
      });
      const packages = [
        { name: 'musl', version: '1.2.5-r0' },
        { name: 'zlib', version: '1.3.1-r1' },
      ];
      expect(list).toEqual([
        { kind: 'alpine', gap: null, packages },
        { kind: 'rpm', gap: 'unreadable', packages: [] },
      ]);
    });

    it('finds Python where the image says that it is', async () => {
      const list = await listOf(
        {
          '/srv/env/lib/python3.11/site-packages/a-1.dist-info/METADATA': metadata('a', '1'),
          '/work/.venv/lib/python3.13/site-packages/b-2.dist-info/METADATA': metadata('b', '2'),
        },
        { env: ['PATH=/srv/env/bin:/usr/bin'], workingDirectory: '/work' },
      );
      expect(list?.[0]?.packages).toEqual([
        { name: 'a', version: '1' },
        { name: 'b', version: '2' },
      ]);
    });

    it('answers an empty list for an image without any, and null for one that is not there', async () => {
      expect(await listOf({ '/bin/service': 'x' })).toEqual([]);
      const digest = await subject.addImage({ '/bin/other': 'y' });
      await subject.removeImage(digest);
      expect(await subject.reader.read(digest, never)).toBeNull();
      for (const none of [`sha256:${'0'.repeat(64)}`, '', 'debian:latest', '../x'])
        expect(await subject.reader.read(none, never)).toBeNull();
    });

    it('takes names and versions for text, and cuts what has no end', async () => {
      const name = `<b>\u001b[31m${'x'.repeat(500)}`;
      const list = await listOf({
        '/var/lib/dpkg/status': `Package: ${name}\nStatus: install ok installed\nVersion: '; drop table image;--\n\n\u0000\nPackage\n:\n`,
        [`${site}/broken-1.dist-info/METADATA`]: '\u0000\u0001 not metadata',
      });
      const [only, ...others] = list?.flatMap(({ packages }) => packages) ?? [];
      expect(others).toEqual([]);
      expect(only?.name.length).toBe(128);
      expect(only).toMatchObject({ name: expect.stringMatching(/^<b>/), version: "'; drop table image;--" });
    });

    it('says what is too large to be read', async () => {
      const list = await listOf({ '/var/lib/dpkg/status': status('a', '1') + ' '.repeat(17 * 1024 * 1024) });
      expect(list).toEqual([{ kind: 'debian', gap: 'too_large', packages: [] }]);
    });

    it('ends with the signal', async () => {
      const digest = await subject.addImage({ '/bin/service': 'x' });
      const why = new Error('stopping');
      await expect(subject.reader.read(digest, AbortSignal.abort(why))).rejects.toBe(why);
    });
  });
}
