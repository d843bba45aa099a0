import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debianSourcesFile } from '../machine/apt-sources.mjs';
import { findProgram } from '../machine/command.mjs';
import { mustHaveSpace } from '../machine/disk.mjs';
import { installThing } from '../machine/packages.mjs';
import { mustRunAsRoot, runAsRoot } from '../machine/privilege.mjs';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** As in Debian's own slim images: later installs leave no documents and no package files behind. */
const settingFiles = {
  'etc/dpkg/dpkg.cfg.d/slim': [
    ...['doc', 'groff', 'info', 'linda', 'lintian', 'locale', 'man'].map((name) => `path-exclude /usr/share/${name}/*`),
    'path-include /usr/share/doc/*/copyright',
    'path-include /usr/share/locale/locale.alias',
  ],
  'etc/dpkg/dpkg.cfg.d/unsafe-io': ['force-unsafe-io'],
  'etc/apt/apt.conf.d/slim': [
    'APT::Keep-Downloaded-Packages "false";',
    'Acquire::Languages "none";',
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };',
  ],
  'usr/sbin/policy-rc.d': ['#!/bin/sh', 'exit 101'],
};

/**
 * Certificates that this machine was told to trust beside Debian's own: builds run behind the same proxy or mirror as it does, and
 * Debian's ca-certificates takes them up from here when a Dockerfile installs it.
 */
const localCertificates = 'usr/local/share/ca-certificates';

const unwanted = [
  'var/cache/apt',
  'var/lib/apt/lists',
  'var/log',
  'usr/share/man',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/lintian',
  'usr/share/groff',
  'tmp',
];

/**
 * Makes a small Debian as a compressed archive of its files, with debootstrap.
 *
 * @param {string} release "bookworm"
 * @param {{ archive: string, security: string | null }} mirrors
 * @param {string} target written whole or not at all
 */
export async function makeDebianArchive(release, mirrors, target) {
  mustHaveSpace(dirname(target), 1, 'Making the base image');
  if (findProgram('debootstrap') === null || !existsSync(keyring)) {
    await installThing('debootstrap', '', { packages: ['debootstrap', 'debian-archive-keyring'] });
  }
  const folder = join(dirname(target), `debootstrap-${process.pid}`);
  try {
    await bootstrap(release, mirrors, folder);
    await slimDown(folder, debianSourcesFile(release, mirrors));
    await mustRunAsRoot(
      'Packing it',
      'tar',
      ['--numeric-owner', '--sort=name', '-C', folder, '-I', 'gzip -1', '-cf', `${target}.part`, '.'],
      { timeoutMs: 300_000 },
    );
    await mustRunAsRoot('Keeping it', 'mv', ['-f', `${target}.part`, target]);
    await mustRunAsRoot('Keeping it', 'chmod', ['0644', target]);
  } finally {
    await runAsRoot('rm', ['-rf', '--one-file-system', folder], { timeoutMs: 120_000 });
  }
}

async function bootstrap(release, mirrors, folder) {
  // Certificates only where the mirror is asked over TLS: the image's own apt needs them then.
  const include = mirrors.archive.startsWith('https:') ? ['--include=ca-certificates'] : [];
  const args = ['--variant=minbase', `--keyring=${keyring}`, ...include, release, folder, mirrors.archive];
  const next = [`Is the mirror reachable? ${mirrors.archive} is the first Debian mirror that /etc/apt names.`];
  await mustRunAsRoot(`Making Debian ${release}`, findProgram('debootstrap'), args, { timeoutMs: 900_000 }, next);
}

async function slimDown(folder, sources) {
  const emptied = unwanted.map((path) => join(folder, path));
  const needed = ['var/cache/apt/archives/partial', 'var/lib/apt/lists/partial', 'var/log/apt'];
  const shell = (attempt, file, args, options) =>
    mustRunAsRoot(`Preparing the image (${attempt})`, file, args, options);
  await shell('folders', 'mkdir', ['-p', ...emptied]);
  await shell('what nobody needs', 'find', [...emptied, '-mindepth', '1', '-delete']);
  await shell('documents', 'find', [join(folder, 'usr/share/doc'), '-type', 'f', '!', '-name', 'copyright', '-delete']);
  await shell('folders', 'mkdir', ['-p', ...needed.map((path) => join(folder, path))]);
  await shell('files of this machine', 'rm', [
    '-f',
    ...['etc/apt/sources.list', 'etc/hostname', 'etc/resolv.conf'].map((path) => join(folder, path)),
  ]);
  if (existsSync(`/${localCertificates}`)) {
    await shell('certificates', 'mkdir', ['-p', join(folder, localCertificates)]);
    await shell('certificates', 'cp', ['-RL', `/${localCertificates}/.`, join(folder, localCertificates)]);
  }
  const files = { ...settingFiles, 'etc/apt/sources.list.d/debian.sources': sources.split('\n') };
  for (const [path, lines] of Object.entries(files)) {
    await shell(path, 'tee', [join(folder, path)], { input: `${lines.join('\n').trimEnd()}\n` });
  }
  await shell('policy-rc.d', 'chmod', ['0755', join(folder, 'usr/sbin/policy-rc.d')]);
}
