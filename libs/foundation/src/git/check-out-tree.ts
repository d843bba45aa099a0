import { mkdir, open, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CommandFailed } from '../exec/command-failed.ts';
import { spawnStreaming } from '../exec/spawn-streaming.ts';
import { gitEnvironment, isObjectName, runGit } from './run-git.ts';
import {
  defaultTreeLimits,
  displayPath,
  parseTree,
  staysInside,
  type TreeEntry,
  type TreeLimits,
  UnsafeTree,
} from './tree-entry.ts';

export interface CheckOutOptions {
  readonly signal: AbortSignal;
  readonly limits?: TreeLimits;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 300_000;
/** Some 200,000 paths; a tree that unfolds without end is stopped here as well. */
const largestListingBytes = 32 * 1024 * 1024;
/** Files up to this size are written in one piece. */
const streamedFromBytes = 1024 * 1024;
const writesAtOnce = 16;
/** Linux takes no longer target (PATH_MAX). */
const longestLinkBytes = 4095;

/**
 * Writes a commit's tree, and nothing else, into the empty folder `into`. Files are the stored bytes: no attribute (filter, end of line,
 * export-subst) changes or hides any, so that equal trees are equal folders. Links are kept, but for those that leave the tree;
 * submodules become empty folders. Answers what a person should know about that, one sentence each.
 *
 * Throws `UnsafeTree`, `CommandFailed` (no such commit, say) or the signal's reason.
 */
export async function checkOutTree(
  repository: string,
  commit: string,
  into: string,
  options: CheckOutOptions,
): Promise<readonly string[]> {
  if (!isObjectName(commit)) throw new UnsafeTree('A commit is named by its full hash.');
  const limits = { signal: options.signal, timeoutMs: options.timeoutMs ?? defaultTimeoutMs };
  const args = ['ls-tree', '-r', '-l', '-z', '--full-tree', '--end-of-options', `${commit}^{commit}`];
  const listing = await runGit(repository, args, { ...limits, maxOutputBytes: largestListingBytes }).catch((error) => {
    if (error instanceof CommandFailed && error.failure === 'output_exceeded')
      throw new UnsafeTree('The commit has too many files.');
    throw error;
  });
  const entries = parseTree(listing.stdout, options.limits ?? defaultTreeLimits);
  try {
    await makeFolders(into, entries);
    const seen = await writeBlobs(repository, entries, into, limits);
    const leftOut = await makeLinks(into, entries, seen.targets);
    return notesOn(entries, leftOut, seen.pointers);
  } catch (error) {
    // Empty again, so that it can be tried again.
    const made = await readdir(into, { encoding: 'buffer' }).catch(() => []);
    await Promise.all(made.map((name) => rm(onDisk(into, name.toString('latin1')), { recursive: true, force: true })));
    throw error;
  }
}

function notesOn(
  entries: readonly TreeEntry[],
  leftOut: readonly TreeEntry[],
  pointers: readonly TreeEntry[],
): readonly string[] {
  const submodules = entries.filter(({ kind }) => kind === 'submodule');
  return [
    ...noteEach(submodules, 'is a submodule and stays an empty folder: its files are not fetched.'),
    ...noteEach(leftOut, 'is a link that leads out of the repository and was left out.'),
    ...noteEach(pointers, 'is a Git LFS pointer: its content is not fetched.'),
  ];
}

async function makeFolders(into: string, entries: readonly TreeEntry[]): Promise<void> {
  const folders = new Set<string>();
  for (const { kind, path } of entries) {
    if (kind === 'submodule') folders.add(path);
    const end = path.lastIndexOf('/');
    if (end > 0) folders.add(path.slice(0, end));
  }
  for (const folder of folders) await mkdir(onDisk(into, folder), { recursive: true });
}

interface SeenContents {
  readonly targets: ReadonlyMap<TreeEntry, string>;
  readonly pointers: readonly TreeEntry[];
}

/** One `git cat-file` hands out all contents in the order asked. Links too long to be any are not read. */
async function writeBlobs(
  repository: string,
  entries: readonly TreeEntry[],
  into: string,
  limits: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<SeenContents> {
  const blobs = entries.filter(
    ({ kind, sizeBytes }) => kind !== 'submodule' && (kind !== 'link' || sizeBytes <= longestLinkBytes),
  );
  if (blobs.length === 0) return { targets: new Map(), pointers: [] };
  const env = { ...gitEnvironment(), GIT_DIR: repository };
  const git = spawnStreaming('git', ['cat-file', '--batch', '--buffer'], { cwd: '/', env, ...limits });
  // When git ends early, its exit says why; the broken pipe is only the echo of that.
  git.stdin.on('error', () => undefined);
  git.stdin.end(blobs.map((entry) => `${entry.objectName}\n`).join(''));
  const writing = writeInOrder(git.stdout, blobs, into);
  try {
    const [seen] = await Promise.all([writing, git.ended]);
    return seen;
  } catch (error) {
    git.stdout.destroy();
    const [, ended] = await Promise.allSettled([writing, git.ended]);
    limits.signal.throwIfAborted();
    throw error instanceof EndedEarly && ended.status === 'rejected' ? ended.reason : error;
  }
}

async function writeInOrder(stdout: Readable, blobs: readonly TreeEntry[], into: string): Promise<SeenContents> {
  const reader = new BatchReader(stdout);
  const targets = new Map<TreeEntry, string>();
  const pointers: TreeEntry[] = [];
  const writes = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  try {
    for (const entry of blobs) {
      await reader.header(entry);
      if (entry.kind !== 'link' && entry.sizeBytes > streamedFromBytes) {
        await streamTo(onDisk(into, entry.path), reader, entry);
      } else {
        const content = await reader.bytes(entry.sizeBytes);
        if (isPointer(content)) pointers.push(entry);
        if (entry.kind === 'link') targets.set(entry, content.toString('latin1'));
        else
          await soon(writes, failures, () =>
            writeFile(onDisk(into, entry.path), content, { flag: 'wx', mode: modeOf(entry) }),
          );
      }
      await reader.bytes(1);
    }
  } finally {
    // Also after a failure: nothing is written any more once this has ended.
    await Promise.all(writes);
  }
  if (failures.length > 0) throw failures[0];
  return { targets, pointers };
}

/** Git LFS specification: a pointer file is at most 1 KiB and starts so. */
const pointerHead = Buffer.from('version https://git-lfs.github.com/spec/');
const isPointer = (content: Buffer): boolean =>
  content.byteLength <= 1024 && content.subarray(0, pointerHead.byteLength).equals(pointerHead);

/** Starts a write as soon as fewer than `writesAtOnce` are under way. Throws what an earlier one failed with. */
async function soon(writes: Set<Promise<unknown>>, failures: unknown[], start: () => Promise<void>): Promise<void> {
  while (writes.size >= writesAtOnce) await Promise.race(writes);
  if (failures.length > 0) throw failures[0];
  const write: Promise<unknown> = start()
    .catch((error: unknown) => failures.push(error))
    .then(() => writes.delete(write));
  writes.add(write);
}

async function streamTo(target: Buffer, reader: BatchReader, entry: TreeEntry): Promise<void> {
  const file = await open(target, 'wx', modeOf(entry));
  try {
    for (let left = entry.sizeBytes; left > 0; ) {
      const chunk = await reader.some(left);
      await file.writeFile(chunk);
      left -= chunk.byteLength;
    }
  } finally {
    await file.close();
  }
}

const modeOf = (entry: TreeEntry): number => (entry.kind === 'program' ? 0o755 : 0o644);

/** After all files, so that none is ever written through a link. Answers the links that were left out. */
async function makeLinks(
  into: string,
  entries: readonly TreeEntry[],
  targets: ReadonlyMap<TreeEntry, string>,
): Promise<readonly TreeEntry[]> {
  const leftOut: TreeEntry[] = [];
  for (const entry of entries.filter(({ kind }) => kind === 'link')) {
    const target = targets.get(entry);
    if (target === undefined || !staysInside(entry.path, target)) leftOut.push(entry);
    else await symlink(Buffer.from(target, 'latin1'), onDisk(into, entry.path));
  }
  return leftOut;
}

const onDisk = (into: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(`${into}/`), Buffer.from(path, 'latin1')]);

/** One sentence for each of the first few, one for the rest. */
function noteEach(entries: readonly TreeEntry[], words: string): readonly string[] {
  const named = entries.slice(0, 5).map(({ path }) => `${displayPath(path)} ${words}`);
  return entries.length > 5 ? [...named, `The same holds for ${entries.length - 5} more.`] : named;
}

class EndedEarly extends Error {}

/** Reads `<name> blob <size>\n<content>\n` from `git cat-file --batch`, chunked however the pipe likes. */
class BatchReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(stdout: Readable) {
    this.#chunks = stdout[Symbol.asyncIterator]();
  }

  async header(entry: TreeEntry): Promise<void> {
    let end = this.#held.indexOf(10);
    while (end === -1) {
      await this.#more();
      end = this.#held.indexOf(10);
    }
    const header = this.#held.subarray(0, end).toString('latin1');
    this.#held = this.#held.subarray(end + 1);
    if (header !== `${entry.objectName} blob ${entry.sizeBytes}`) {
      throw new UnsafeTree(`${displayPath(entry.path)} is not whole in this repository.`);
    }
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#held.byteLength < count) await this.#more();
    return this.#take(count);
  }

  /** At least one byte, at most `most`. */
  async some(most: number): Promise<Buffer> {
    if (this.#held.byteLength === 0) await this.#more();
    return this.#take(Math.min(most, this.#held.byteLength));
  }

  #take(count: number): Buffer {
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) throw new EndedEarly('git cat-file ended too early');
    this.#held = this.#held.byteLength === 0 ? next.value : Buffer.concat([this.#held, next.value]);
  }
}
