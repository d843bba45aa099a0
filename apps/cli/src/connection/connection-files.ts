import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** What a file says about where the API is and who asks. */
export interface StoredConnection {
  readonly apiUrl: string;
  readonly token: string | null;
  readonly source: string;
}

export type FileConnection = StoredConnection | { readonly unsafe: string };

/** `.sconce/up.json` in `directory` or above it, written by `sconce up`; null when there is none. */
export async function findUpFile(directory: string): Promise<FileConnection | null> {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const found = await readConnectionFile(join(at, '.sconce', 'up.json'));
    if (found || dirname(at) === at) return found;
  }
}

export function userConfigPath(environment: Readonly<Record<string, string | undefined>>, home: string): string {
  return join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'sconce', 'config.json');
}

/** A file that others could have put there, or can read, is not trusted with where code and tokens go. */
export async function readConnectionFile(path: string): Promise<FileConnection | null> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return null;
  const self = process.getuid?.();
  if (self !== undefined && found.uid !== self && found.uid !== 0) return { unsafe: `${path} belongs to another user` };
  if ((found.mode & 0o077) !== 0) return { unsafe: `${path} can be read by others; run: chmod 600 ${path}` };
  return parse(await readFile(path, 'utf8').catch(() => ''), path) ?? { unsafe: `${path} is not a connection file` };
}

export async function writeUserConfig(
  path: string,
  connection: { readonly apiUrl: string; readonly token: string },
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, path);
}

/** True when there was one. */
export async function removeUserConfig(path: string): Promise<boolean> {
  const there = (await stat(path).catch(() => null)) !== null;
  await rm(path, { force: true });
  return there;
}

function parse(text: string, source: string): StoredConnection | null {
  try {
    const { apiUrl, token } = JSON.parse(text) as Record<string, unknown>;
    if (typeof apiUrl !== 'string' || !URL.canParse(apiUrl)) return null;
    return { apiUrl, token: typeof token === 'string' && token !== '' ? token : null, source };
  } catch {
    return null;
  }
}
