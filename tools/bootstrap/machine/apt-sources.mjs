import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ types: string[], uris: string[], suites: string[], components: string[] }} AptSource */

/**
 * The one-line format: `deb [option=value ...] uri suite component...`.
 * @returns {AptSource[]}
 */
export function parseOneLine(text) {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .flatMap((line) => {
      const match = /^(deb|deb-src)\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(line);
      if (!match) return [];
      return [
        { types: [match[1]], uris: [match[2]], suites: [match[3]], components: match[4].split(/\s+/).filter(Boolean) },
      ];
    });
}

/**
 * The deb822 format: stanzas of `Field: value`, continued on indented lines. Stanzas with `Enabled: no` are left out.
 * @returns {AptSource[]}
 */
export function parseDeb822(text) {
  const withoutComments = text.split('\n').filter((line) => !line.startsWith('#'));
  return withoutComments
    .join('\n')
    .split(/\n\s*\n/)
    .map(parseStanza)
    .filter((fields) => fields.size > 0 && fields.get('enabled')?.toLowerCase() !== 'no')
    .map((fields) => {
      const words = (name) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
      return { types: words('types'), uris: words('uris'), suites: words('suites'), components: words('components') };
    })
    .filter((source) => source.uris.length > 0);
}

function parseStanza(stanza) {
  const fields = new Map();
  let last = null;
  for (const line of stanza.split('\n')) {
    const field = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line);
    if (field) {
      last = field[1].toLowerCase();
      fields.set(last, field[2].trim());
    } else if (last !== null && /^\s/.test(line)) {
      fields.set(last, `${fields.get(last)} ${line.trim()}`.trim());
    }
  }
  return fields;
}

const debianRelease = /^(oldstable|stable|testing|unstable|bullseye|bookworm|trixie|forky|duke|sid)$/;

/**
 * The Debian mirrors among the sources, in their order: the archive itself, and its security updates (null where none is
 * named). Other vendors' lists do not count (Docker's, say, names a Debian release too, but has no component `main`), nor do
 * addresses that carry a password, since they would end up in images.
 * @param {AptSource[]} sources
 */
export function debianMirrors(sources) {
  const binary = sources.filter((source) => source.types.includes('deb') && source.components.includes('main'));
  const firstUri = (ofSuite) => {
    const uris = binary.filter((source) => source.suites.some(ofSuite)).flatMap((source) => source.uris);
    const usable = uris.find((uri) => /^https?:\/\//.test(uri) && !/^https?:\/\/[^/]*@/.test(uri));
    return usable?.replace(/\/+$/, '') ?? null;
  };
  return {
    archive: firstUri((suite) => debianRelease.test(suite)),
    security: firstUri(
      (suite) => suite.endsWith('-security') && debianRelease.test(suite.slice(0, -'-security'.length)),
    ),
  };
}

/** What this machine's apt reads, in apt's order. */
export function machineSources(folder = '/etc/apt') {
  const main = join(folder, 'sources.list');
  const parts = join(folder, 'sources.list.d');
  const extra = existsSync(parts)
    ? readdirSync(parts)
        .sort()
        .map((name) => join(parts, name))
    : [];
  return [main, ...extra]
    .filter((path) => existsSync(path))
    .flatMap((path) => {
      if (path.endsWith('.sources')) return parseDeb822(readFileSync(path, 'utf8'));
      return path.endsWith('.list') ? parseOneLine(readFileSync(path, 'utf8')) : [];
    });
}

/** The `debian.sources` of an image made from these mirrors. */
export function debianSourcesFile(release, mirrors) {
  const stanza = (uri, suites) =>
    `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n`;
  const archive = stanza(mirrors.archive, `${release} ${release}-updates`);
  return mirrors.security === null ? archive : `${archive}\n${stanza(mirrors.security, `${release}-security`)}`;
}

/** The mirrors that this machine's apt reads; Debian's own where it names none (another distribution). */
export function machineMirrors() {
  const { archive, security } = debianMirrors(machineSources());
  if (archive === null)
    return { archive: 'http://deb.debian.org/debian', security: 'http://deb.debian.org/debian-security' };
  return { archive, security };
}
