import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePackages, type KnownPackages, summarisePackages } from './compare-packages.ts';
import { type InstalledPackage, makePackageList, maxPackagesOfKind, type PackageList } from './package-list.ts';
import { isPythonMetadata, pythonPrefixes } from './package-places.ts';
import { parseApkInstalled } from './parse-apk-installed.ts';
import { parseDpkgStatus } from './parse-dpkg-status.ts';
import { parsePythonMetadata } from './parse-python-metadata.ts';

describe('parseDpkgStatus', () => {
  it('takes what is installed, and leaves what only left its configuration', () => {
    const text = [
      'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9+deb12u9\nDescription: C library\n Version: 9\n .\n more',
      'Package: nginx\nStatus: deinstall ok config-files\nVersion: 1.22',
      'Package: half\nStatus: install reinstreq half-installed\nVersion: 1',
      'Package: held\nStatus: hold ok installed\nVersion: 1:2.0~rc1-3',
      'Package: no-version\nStatus: install ok installed',
    ].join('\n\n');
    expect(parseDpkgStatus(`${text}\n`)).toEqual([
      { name: 'libc6', version: '2.36-9+deb12u9' },
      { name: 'held', version: '1:2.0~rc1-3' },
    ]);
  });

  it('takes files of distroless images, which state nothing, and lines that end as on Windows', () => {
    expect(parseDpkgStatus('Package: tzdata\r\nVersion: 2024a\r\n')).toEqual([{ name: 'tzdata', version: '2024a' }]);
    expect(parseDpkgStatus('')).toEqual([]);
  });
});

it('parseApkInstalled takes P and V of each paragraph, and no longer field for one', () => {
  const text =
    'C:Q1abc=\nP:musl\nV:1.2.5-r0\nA:x86_64\nT:the P: library\nF:lib\nR:ld.so\n\nP:busybox\nV:1.36.1-r29\n\nP:broken\n';
  expect(parseApkInstalled(text)).toEqual([
    { name: 'musl', version: '1.2.5-r0' },
    { name: 'busybox', version: '1.36.1-r29' },
  ]);
});

describe('parsePythonMetadata', () => {
  it.each([
    [
      'Metadata-Version: 2.1\nName: torch\nVersion: 2.5.1+cu124\n\nName: other\n',
      { name: 'torch', version: '2.5.1+cu124' },
    ],
    ['Name: Jaraco.Context_x\nVersion: 1\n', { name: 'jaraco-context-x', version: '1' }],
    ['Name: torch\n\nVersion: 1\n', null],
    ['Version: 1\n', null],
    ['', null],
    ['\n\u0000', null],
  ])('of %j is %j', (text, expected) => {
    expect(parsePythonMetadata(text)).toEqual(expected);
  });
});

it('parsers take any text, and answer names and versions that are not empty', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('P', 'V', ':', '\n', ' ', 'a', '\0', 'Package: ', 'Version: '),
        maxLength: 200,
      }),
      (text) => {
        const found = [...parseDpkgStatus(text), ...parseApkInstalled(text), parsePythonMetadata(text)];
        for (const one of found) if (one !== null) expect(one.name && one.version).toBeTruthy();
      },
    ),
  );
});

describe('where packages are looked for', () => {
  it('is on the image’s PATH, in its environments, and in the folder it begins in', () => {
    const env = ['PATH=/srv/env/bin:/bin:/opt/conda/bin/:relative/bin', 'VIRTUAL_ENV=/home/app/env', 'NO_VALUE'];
    const prefixes = pythonPrefixes({ env, workingDirectory: '/srv/app' });
    expect(prefixes).toEqual(
      expect.arrayContaining(['/usr', '/usr/local', '/opt/conda', '/srv/env', '/home/app/env', '/srv/app/.venv']),
    );
    expect(prefixes.filter((path) => path === '/opt/conda')).toHaveLength(1);
    expect(prefixes.some((path) => path.includes('relative'))).toBe(false);
  });

  it('stays few and plain, whatever the image says', () => {
    const env = [
      `PATH=${Array.from({ length: 500 }, (_, index) => `/p${index}/bin`).join(':')}`,
      'VIRTUAL_ENV=/a/../../b',
    ];
    const prefixes = pythonPrefixes({ env, workingDirectory: '/../x\0' });
    expect(prefixes.length).toBeLessThanOrEqual(16);
    expect(prefixes.join('')).not.toContain('..');
  });

  it.each([
    ['torch-2.5.1.dist-info/METADATA', true],
    ['six-1.egg-info/PKG-INFO', true],
    ['six-1.egg-info', true],
    ['torch/inner-1.dist-info/METADATA', false],
    ['torch-2.5.1.dist-info/RECORD', false],
    ['torch-2.5.1.dist-info/licenses/METADATA', false],
  ])('%s: %s', (path, expected) => {
    expect(isPythonMetadata(path)).toBe(expected);
  });
});

describe('makePackageList', () => {
  const finding = (packages: readonly InstalledPackage[]) => ({ kind: 'python', packages, gap: null }) as const;

  it('puts places together, in order and without doubles', () => {
    const [a, b1, b2] = [
      { name: 'a', version: '1' },
      { name: 'b', version: '1' },
      { name: 'b', version: '2' },
    ] as const;
    const list = makePackageList([
      finding([b2, a]),
      { kind: 'debian', packages: [], gap: 'too_large' },
      finding([b1, a]),
    ]);
    expect(list).toEqual([
      { kind: 'python', packages: [a, b1, b2], gap: null },
      { kind: 'debian', packages: [], gap: 'too_large' },
    ]);
  });

  it('holds only so many, so long', () => {
    const many = Array.from({ length: maxPackagesOfKind + 1 }, (_, index) => ({ name: `p${index}`, version: '1' }));
    const [group] = makePackageList([finding(many)]);
    expect([group?.gap, group?.packages.length]).toEqual(['too_many', maxPackagesOfKind]);
    const [long] = makePackageList([finding([{ name: 'x'.repeat(10_000), version: '\u0000'.repeat(10_000) }])]);
    expect(long?.packages[0]?.name.length).toBe(128);
    expect(JSON.stringify(long)).not.toContain('\\u0000');
  });
});

const listOf = (packages: Readonly<Record<string, string>>, gap: PackageList[number]['gap'] = null): KnownPackages => ({
  known: true,
  list: makePackageList([
    { kind: 'python', packages: Object.entries(packages).map(([name, version]) => ({ name, version })), gap },
  ]),
});

describe('comparePackages', () => {
  it('tells what was added, removed and changed', () => {
    const comparison = comparePackages(
      listOf({ torch: '2.4', old: '1', same: '3' }),
      listOf({ torch: '2.5', fresh: '1', same: '3' }),
    );
    expect(comparison).toEqual({
      unknown: [],
      groups: [
        {
          kind: 'python',
          added: 1,
          removed: 1,
          changed: 1,
          differences: [
            { name: 'fresh', change: 'added', from: null, to: '1' },
            { name: 'old', change: 'removed', from: '1', to: null },
            { name: 'torch', change: 'changed', from: '2.4', to: '2.5' },
          ],
        },
      ],
    });
    expect(summarisePackages(comparison)).toEqual(['3 Python packages changed']);
    expect(summarisePackages(comparePackages(listOf({}), listOf({ one: '1' })))).toEqual(['1 Python package added']);
  });

  it('never takes what was not read for what was removed', () => {
    const unread: KnownPackages = { known: false, reason: 'not_read_yet' };
    expect(comparePackages(listOf({ torch: '2' }), unread)).toEqual({
      groups: [],
      unknown: [{ side: 'to', kind: null, reason: 'not_read_yet' }],
    });
    expect(comparePackages({ known: false, reason: 'image_collected' }, unread).unknown).toHaveLength(2);
    expect(comparePackages(listOf({ torch: '2' }, 'too_large'), listOf({}))).toEqual({
      groups: [],
      unknown: [{ side: 'from', kind: 'python', reason: 'too_large' }],
    });
  });

  it('names all versions of what stands there more than once', () => {
    const twice: KnownPackages = {
      known: true,
      list: makePackageList([
        {
          kind: 'python',
          gap: null,
          packages: [
            { name: 'pip', version: '24' },
            { name: 'pip', version: '23' },
          ],
        },
      ]),
    };
    const [group] = comparePackages(listOf({ pip: '23' }), twice).groups;
    expect(group?.differences).toEqual([{ name: 'pip', change: 'changed', from: '23', to: '23, 24' }]);
  });

  it('has nothing to say of equals, mirrors itself, and lists each package that differs once', () => {
    const packages = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'),
      fc.constantFrom('1', '2'),
    );
    fc.assert(
      fc.property(packages, packages, (one, other) => {
        expect(comparePackages(listOf(one), listOf(one)).groups).toEqual([]);
        const [there] = comparePackages(listOf(one), listOf(other)).groups;
        const [back] = comparePackages(listOf(other), listOf(one)).groups;
        const differing = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
          (name) =>
            Object.entries(one).find(([key]) => key === name)?.[1] !==
            Object.entries(other).find(([key]) => key === name)?.[1],
        );
        expect(there?.differences.map(({ name }) => name) ?? []).toEqual(differing.sort());
        expect(back?.differences.map(({ name, from, to }) => [name, to, from])).toEqual(
          there?.differences.map(({ name, from, to }) => [name, from, to]),
        );
        expect([there?.added, there?.removed, there?.changed]).toEqual([back?.removed, back?.added, back?.changed]);
      }),
    );
  });
});
