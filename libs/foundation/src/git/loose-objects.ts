import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';

const inflateAll = promisify(inflate);

/** An object as git stores one that is not packed (gitformat-loose): `<type> <size>\0<content>`, compressed, under its own hash. */
export interface LooseObject {
  readonly sha: string;
  readonly type: string;
  readonly content: Buffer;
}

/** Larger trees are git's to read. */
const largestTreeBytes = 1024 * 1024;

/**
 * What a small push leaves can be read from its files in a fraction of the time that a git process takes to start. All of these answer
 * undefined for whatever is not plainly there (packed, a tag, a symbolic ref, too large, damaged): then git is to be asked.
 */
export async function readLooseObject(
  repository: string,
  sha: string,
  maxBytes: number,
): Promise<LooseObject | undefined> {
  if (!/^[0-9a-f]{40}$/.test(sha)) return undefined;
  try {
    const stored = await readFile(join(repository, 'objects', sha.slice(0, 2), sha.slice(2)));
    const whole = (await inflateAll(stored, { maxOutputLength: maxBytes + 32 })) as Buffer;
    if (createHash('sha1').update(whole).digest('hex') !== sha) return undefined;
    const end = whole.indexOf(0);
    const [, type, size] = /^(commit|tree|blob|tag) (\d+)$/.exec(whole.toString('latin1', 0, end)) ?? [];
    const content = whole.subarray(end + 1);
    if (type === undefined || content.byteLength !== Number(size) || content.byteLength > maxBytes) return undefined;
    return { sha, type, content };
  } catch {
    return undefined;
  }
}

/** What a full ref holds. The caller has checked that it is one. */
export async function readLooseRef(repository: string, ref: string): Promise<string | undefined> {
  const text = await readFile(join(repository, ref), 'latin1').catch(() => '');
  return /^([0-9a-f]{40})\n$/.exec(text)?.[1];
}

/** A file at a commit; null when the commit has none there, as far as its trees say. */
export async function readLooseFile(
  repository: string,
  commit: string,
  path: string,
  maxBytes: number,
): Promise<LooseObject | null | undefined> {
  const found = await readLooseObject(repository, commit, largestTreeBytes);
  const tree = /^tree ([0-9a-f]{40})\n/.exec(found?.content.toString('latin1', 0, 64) ?? '')?.[1];
  if (found?.type !== 'commit' || tree === undefined) return undefined;
  let at = tree;
  const steps = path.split('/');
  for (const [index, step] of steps.entries()) {
    const folder = await readLooseObject(repository, at, largestTreeBytes);
    if (folder?.type !== 'tree') return undefined;
    const entry = findEntry(folder.content, step);
    if (entry === null) return null;
    const isLast = index === steps.length - 1;
    // Files, programs and links; a folder or a submodule is no file, and a file has nothing in it.
    const isFile = entry.mode.startsWith('10') || entry.mode === '120000';
    if (isLast) return isFile ? readLooseObject(repository, entry.sha, maxBytes) : null;
    if (entry.mode !== '40000') return null;
    at = entry.sha;
  }
  return undefined;
}

/** gitformat: `<mode> <name>\0<20 bytes of hash>`, one after the other. */
function findEntry(tree: Buffer, name: string): { readonly mode: string; readonly sha: string } | null {
  const wanted = Buffer.from(name, 'utf8');
  for (let at = 0; at < tree.byteLength; ) {
    const space = tree.indexOf(32, at);
    const end = tree.indexOf(0, space);
    if (space === -1 || end === -1) return null;
    if (tree.subarray(space + 1, end).equals(wanted))
      return { mode: tree.toString('latin1', at, space), sha: tree.toString('hex', end + 1, end + 21) };
    at = end + 21;
  }
  return null;
}
