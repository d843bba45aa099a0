/** Where system packages are written down, in the order of looking. */
export const dpkgStatusFile = '/var/lib/dpkg/status';
/** One file for each package, as distroless images have it. */
export const dpkgStatusFolder = '/var/lib/dpkg/status.d';
export const apkFiles = ['/lib/apk/db/installed', '/usr/lib/apk/db/installed'] as const;
export const rpmFiles = [
  '/var/lib/rpm/rpmdb.sqlite',
  '/usr/lib/sysimage/rpm/rpmdb.sqlite',
  '/var/lib/rpm/Packages.db',
  '/usr/lib/sysimage/rpm/Packages.db',
  '/var/lib/rpm/Packages',
] as const;

/** Facts of an image that say where its Python may be. */
export interface ImageSettings {
  /** `NAME=value` */
  readonly env: readonly string[];
  readonly workingDirectory: string;
}

const usualPrefixes = ['/usr', '/usr/local', '/opt/conda', '/opt/venv', '/venv', '/app/.venv', '/root/.local'];
const maxPrefixes = 16;
/** Minor versions of Python 3 that are in use, and some to come. */
const pythonMinors = Array.from({ length: 15 }, (_, index) => index + 6);

/** Folders that a Python may be installed in: usual ones, those on the image's PATH, and the environment it begins in. */
export function pythonPrefixes({ env, workingDirectory }: ImageSettings): string[] {
  const values = new Map(env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const onPath = (values.get('PATH') ?? '').split(':').flatMap((path) => /^(\/.+)\/bin\/?$/.exec(path)?.[1] ?? []);
  const named = ['VIRTUAL_ENV', 'CONDA_PREFIX'].map((name) => values.get(name) ?? '');
  const here = workingDirectory.startsWith('/') ? ['.venv', 'venv'].map((name) => `${workingDirectory}/${name}`) : [];
  const all = [...usualPrefixes, ...onPath, ...named, ...here]
    .filter(isPlainPath)
    .map((path) => path.replace(/\/+/g, '/'));
  return [...new Set(all)].slice(0, maxPrefixes);
}

/** Absolute and without steps back: the engine keeps every path inside the image; this keeps them readable. */
const isPlainPath = (path: string): boolean =>
  path.startsWith('/') && path.length <= 256 && !path.includes('\0') && !path.split('/').includes('..');

/** Folders under a prefix whose entries are installed packages. */
export function pythonFolders(prefix: string, minor: number): string[] {
  return [`${prefix}/lib/python3.${minor}/site-packages`, `${prefix}/lib/python3.${minor}/dist-packages`];
}

export function pythonLibraries(prefix: string): { readonly path: string; readonly minor: number }[] {
  return pythonMinors.map((minor) => ({ path: `${prefix}/lib/python3.${minor}`, minor }));
}

/** Debian's own Python packages, the same for every version of Python 3. */
export const debianPythonFolder = '/usr/lib/python3/dist-packages';

/** Of a folder of Python packages: what says a package's name and version. Only directly in it: what a package carries inside is its own. */
export function isPythonMetadata(path: string): boolean {
  return /^[^/]+\.(?:dist-info\/METADATA|egg-info\/PKG-INFO|egg-info)$/.test(path);
}
