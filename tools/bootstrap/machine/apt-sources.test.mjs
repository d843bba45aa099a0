import { describe, expect, it } from 'vitest';
import { debianMirrors, debianSourcesFile, parseDeb822, parseOneLine } from './apt-sources.mjs';

describe('parseOneLine', () => {
  it('reads options, comments and more than one component', () => {
    const text =
      '# old\ndeb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib # ours\ndeb-src http://mirror.example/debian bookworm main\n';
    expect(parseOneLine(text)).toEqual([
      { types: ['deb'], uris: ['http://mirror.example/debian'], suites: ['bookworm'], components: ['main', 'contrib'] },
      { types: ['deb-src'], uris: ['http://mirror.example/debian'], suites: ['bookworm'], components: ['main'] },
    ]);
  });
});

describe('parseDeb822', () => {
  it('reads stanzas, continued fields and fields in any case, and leaves out what is switched off', () => {
    const text = [
      'Types: deb',
      '# http://snapshot.example/',
      'uris: http://one.example/debian',
      '  http://two.example/debian',
      'Suites: bookworm bookworm-updates',
      'Components: main',
      '',
      'Enabled: no',
      'Types: deb',
      'URIs: http://off.example/debian',
      'Suites: bookworm',
      'Components: main',
    ].join('\n');
    expect(parseDeb822(text)).toEqual([
      {
        types: ['deb'],
        uris: ['http://one.example/debian', 'http://two.example/debian'],
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main'],
      },
    ]);
  });
});

describe('debianMirrors', () => {
  const source = (uri, suites, components = ['main']) => ({
    types: ['deb'],
    uris: [uri],
    suites: suites.split(' '),
    components,
  });

  it('takes the first Debian mirror, whatever its path, and the first security mirror', () => {
    const sources = [
      source('https://download.docker.com/linux/debian', 'bookworm', ['stable']),
      source('https://packages.example/apt', 'cloud-sdk-bookworm'),
      source('http://mirror.example/proxy/deb-remote/', 'bookworm bookworm-updates'),
      source('http://deb.debian.org/debian', 'bookworm'),
      source('http://mirror.example/debian-security', 'bookworm-security'),
    ];
    expect(debianMirrors(sources)).toEqual({
      archive: 'http://mirror.example/proxy/deb-remote',
      security: 'http://mirror.example/debian-security',
    });
  });

  it('never takes an address with a password, a source package list or another distribution', () => {
    const sources = [
      source('http://user:secret@mirror.example/debian', 'bookworm'),
      { ...source('http://sources.example/debian', 'bookworm'), types: ['deb-src'] },
      source('http://archive.ubuntu.com/ubuntu', 'noble noble-security'),
      source('cdrom:[Debian]/', 'bookworm'),
    ];
    expect(debianMirrors(sources)).toEqual({ archive: null, security: null });
  });
});

describe('debianSourcesFile', () => {
  it('can be read back as the same mirrors, with and without security updates', () => {
    for (const mirrors of [
      { archive: 'http://a.example/debian', security: 'http://a.example/debian-security' },
      { archive: 'http://a.example/debian', security: null },
    ]) {
      expect(debianMirrors(parseDeb822(debianSourcesFile('bookworm', mirrors)))).toEqual(mirrors);
    }
  });
});
