import { makePackageList, type PackageFinding, type PackageKind, type PackageList } from './package-list.ts';
import {
  apkFiles,
  debianPythonFolder,
  dpkgStatusFile,
  dpkgStatusFolder,
  type ImageSettings,
  isPythonMetadata,
  pythonFolders,
  pythonLibraries,
  pythonPrefixes,
  rpmFiles,
} from './package-places.ts';
import { parseApkInstalled } from './parse-apk-installed.ts';
import { parseDpkgStatus } from './parse-dpkg-status.ts';
import { parsePythonMetadata } from './parse-python-metadata.ts';

/** The files of an image, as far as they have to be seen. Links are followed inside of the image, never out of it. */
export interface ImageFiles {
  /** The plain file there, whole; `too_large` beyond `maxBytes`; null when there is none. */
  read(path: string, maxBytes: number): Promise<Uint8Array | 'too_large' | null>;
  isFolder(path: string): Promise<boolean>;
  /**
   * The beginnings, of at most `maxBytes` each, of plain files below a folder that `isWanted` (called with the path below it); null when
   * there is no such folder. `isWhole` is false when it was too much to look through.
   */
  readBelow(
    folder: string,
    isWanted: (path: string) => boolean,
    maxBytes: number,
  ): Promise<{ readonly files: readonly Uint8Array[]; readonly isWhole: boolean } | null>;
}

/** Debian's grows with every package, to about 3 MiB on a machine with a desktop. */
const maxDatabaseBytes = 16 * 1024 * 1024;
/** A head is a few hundred lines at most; behind it a readme follows. */
const maxHeadBytes = 64 * 1024;

/** Which packages an image holds, by what their managers wrote down in the usual places. Throws only what `files` throws. */
export async function gatherPackages(files: ImageFiles, settings: ImageSettings): Promise<PackageList> {
  const findings = [
    ...(await debianPackages(files)),
    ...(await firstDatabase(files, 'alpine', apkFiles, (bytes) => parseApkInstalled(toText(bytes)))),
    ...(await rpmPackages(files)),
  ];
  for (const folder of await findPythonFolders(files, settings))
    findings.push(...(await pythonPackages(files, folder)));
  return makePackageList(findings);
}

async function debianPackages(files: ImageFiles): Promise<PackageFinding[]> {
  const parse = (bytes: Uint8Array) => parseDpkgStatus(toText(bytes));
  const found = await firstDatabase(files, 'debian', [dpkgStatusFile], parse);
  const isWanted = (path: string) => !path.includes('/') && !path.endsWith('.md5sums');
  const single = await files.readBelow(dpkgStatusFolder, isWanted, maxHeadBytes);
  if (single === null) return found;
  const packages = single.files.flatMap(parse);
  return [...found, { kind: 'debian', packages, gap: single.isWhole ? null : 'too_large' }];
}

/** That there are some is known; which, is kept in databases of several kinds that are not read. */
async function rpmPackages(files: ImageFiles): Promise<PackageFinding[]> {
  for (const path of rpmFiles) {
    if ((await files.read(path, 0)) !== null) return [{ kind: 'rpm', packages: [], gap: 'unreadable' }];
  }
  return [];
}

async function firstDatabase(
  files: ImageFiles,
  kind: PackageKind,
  paths: readonly string[],
  parse: (bytes: Uint8Array) => PackageFinding['packages'],
): Promise<PackageFinding[]> {
  for (const path of paths) {
    const bytes = await files.read(path, maxDatabaseBytes);
    if (bytes === 'too_large') return [{ kind, packages: [], gap: 'too_large' }];
    if (bytes !== null) return [{ kind, packages: parse(bytes), gap: null }];
  }
  return [];
}

async function findPythonFolders(files: ImageFiles, settings: ImageSettings): Promise<string[]> {
  const found = [debianPythonFolder];
  for (const prefix of pythonPrefixes(settings)) {
    if (!(await files.isFolder(`${prefix}/lib`))) continue;
    for (const { path, minor } of pythonLibraries(prefix))
      if (await files.isFolder(path)) found.push(...pythonFolders(prefix, minor));
  }
  return found;
}

async function pythonPackages(files: ImageFiles, folder: string): Promise<PackageFinding[]> {
  const found = await files.readBelow(folder, isPythonMetadata, maxHeadBytes);
  if (found === null) return [];
  const packages = found.files.flatMap((bytes) => parsePythonMetadata(toText(bytes)) ?? []);
  if (packages.length === 0 && found.isWhole) return [];
  return [{ kind: 'python', packages, gap: found.isWhole ? null : 'too_large' }];
}

const toText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
