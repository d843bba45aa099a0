import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  decodeKeyRing,
  encodeKeyRing,
  type KeyRing,
  KeysUnusable,
  newKeyRing,
  newPair,
  type Purpose,
  withoutPrivateHalves,
} from './key-ring.ts';

/** Keys are lost for good when their file is: this says so instead of overwriting. */
export class KeysFileExists extends Error {
  override readonly name = 'KeysFileExists';
}

/** Writes a new keys file, mode 600, whole or not at all. @throws KeysFileExists */
export async function createKeysFile(path: string, now: Date = new Date()): Promise<void> {
  await writeNew(path, newKeyRing(now));
}

/** Adds a key pair that seals from now on; the earlier ones still open what they sealed. Answers the new key's id. */
export async function rotateKeysFile(path: string, purpose: Purpose, now: Date = new Date()): Promise<string> {
  const ring = await readKeysFile(path);
  const added = newPair(now);
  const rotated: KeyRing = { ...ring, pairs: { ...ring.pairs, [purpose]: [...ring.pairs[purpose], added] } };
  await writeWhole(path, encodeKeyRing(rotated), (temporary) => rename(temporary, path));
  return added.id;
}

/**
 * Writes the keys of a process that may seal secrets but not open them (the API): their private halves are left out.
 * @throws KeysFileExists
 */
export async function createSealingKeysFile(from: string, path: string): Promise<void> {
  await writeNew(path, withoutPrivateHalves(await readKeysFile(from), 'secret'));
}

/** @throws KeysUnusable when it is missing, readable by others or not a keys file. */
export async function readKeysFile(path: string): Promise<KeyRing> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new KeysUnusable(`The keys file ${path} cannot be read`, { cause });
  });
  if ((found.mode & 0o077) !== 0) {
    throw new KeysUnusable(
      `${path} can be read by others (mode ${(found.mode & 0o777).toString(8)}). Run: chmod 600 ${path}`,
    );
  }
  return decodeKeyRing(await readFile(path, 'utf8'), path);
}

export interface KeySource {
  /** `SCONCE_KEYS_FILE` */
  readonly file?: string | undefined;
  /** `SCONCE_KEYS`: the file's content, or that in base64. */
  readonly text?: string | undefined;
}

/** Reads the keys of this process from one place; both or none is a mistake worth naming. */
export async function loadKeys(source: KeySource): Promise<KeyRing> {
  if (source.file && source.text) throw new KeysUnusable('Set SCONCE_KEYS_FILE or SCONCE_KEYS, not both');
  if (source.file) return readKeysFile(source.file);
  if (!source.text) throw new KeysUnusable('Set SCONCE_KEYS_FILE to a keys file, or SCONCE_KEYS to its content');
  const text = source.text.trim();
  return decodeKeyRing(text.startsWith('{') ? text : Buffer.from(text, 'base64').toString('utf8'), 'SCONCE_KEYS');
}

async function writeNew(path: string, ring: KeyRing): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeWhole(path, encodeKeyRing(ring), async (temporary) => {
    try {
      // link, unlike rename, never replaces what stands.
      await link(temporary, path);
    } catch (cause) {
      if (isCode(cause, 'EEXIST'))
        throw new KeysFileExists(`${path} exists: it may hold the only keys to what was sealed`, { cause });
      throw cause;
    }
  });
}

/** The content reaches the disk before the name does, so that a crash leaves the old file or the new one. */
async function writeWhole(path: string, content: string, publish: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
    await publish(temporary);
  } finally {
    await file.close();
    await rm(temporary, { force: true });
  }
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
