import { CommandFailed } from '../exec/command-failed.ts';
import { isFullRef, isObjectName, isTreePath, isZeroObjectName, runGit } from './run-git.ts';

/** Questions to a bare repository. Each is one short git process; names that could be options or revisions never reach it. */
export interface ReadOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface CommitFacts {
  readonly sha: string;
  readonly tree: string;
  /** Subject and body, at most 64 KiB. */
  readonly message: string;
  /** `Name <email>`. */
  readonly author: string;
  /** RFC 3339, UTC. */
  readonly authoredAt: string;
}

export interface RefFacts {
  readonly ref: string;
  /** What the ref holds: for an annotated tag the tag object. */
  readonly sha: string;
}

const limits = (options: ReadOptions) => ({
  timeoutMs: options.timeoutMs ?? 30_000,
  ...(options.signal === undefined ? {} : { signal: options.signal }),
});

/** The commit that a full ref stands for, tags followed; null when there is no such ref. */
export async function resolveCommit(
  repository: string,
  ref: string,
  options: ReadOptions = {},
): Promise<string | null> {
  if (!isFullRef(ref)) return null;
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  const { stdout, code } = await runGit(repository, args, { ...limits(options), okCodes: [0, 1] });
  return code === 0 ? stdout.toString('latin1').trim() : null;
}

/** Null when the repository has no such commit. */
export async function readCommitFacts(
  repository: string,
  sha: string,
  options: ReadOptions = {},
): Promise<CommitFacts | null> {
  const object = await readObject(repository, sha, 'commit', 1024 * 1024, options);
  if (object === null) return null;
  const text = object.toString('utf8');
  const end = text.indexOf('\n\n');
  const headers = end === -1 ? text : text.slice(0, end);
  const [, name = '', email = '', seconds = '0'] = /^author (.*?) ?<(.*?)> (-?\d+)/m.exec(headers) ?? [];
  return {
    sha,
    tree: /^tree ([0-9a-f]+)$/m.exec(headers)?.[1] ?? '',
    message: end === -1 ? '' : text.slice(end + 2, end + 2 + 65_536).trimEnd(),
    author: `${name} <${email}>`.trim(),
    authoredAt: toTime(Number(seconds)),
  };
}

/** Whoever makes a commit chooses its time; one that no calendar has becomes the epoch. */
function toTime(epochSeconds: number): string {
  const time = new Date(epochSeconds * 1000);
  return Number.isNaN(time.getTime()) ? new Date(0).toISOString() : time.toISOString();
}

/** A file was asked for that is larger than the caller takes. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';
}

/** The bytes of a file at a commit; null when there is none. Throws `FileTooLarge`. A link's bytes are its target, never what it points to. */
export async function readFileBytes(
  repository: string,
  sha: string,
  path: string,
  maxBytes: number,
  options: ReadOptions = {},
): Promise<Buffer | null> {
  if (!isObjectName(sha) || !isTreePath(path)) return null;
  return readObject(repository, `${sha}:${path}`, 'blob', maxBytes, options);
}

async function readObject(
  repository: string,
  name: string,
  type: 'commit' | 'blob',
  maxBytes: number,
  options: ReadOptions,
): Promise<Buffer | null> {
  if (type === 'commit' && !isObjectName(name)) return null;
  // The answer's first line is its size: reading it takes a little more than the content.
  const room = name.length + 64;
  const tooLarge = () => new FileTooLarge(`It is larger than ${maxBytes} bytes.`);
  const { stdout } = await runGit(repository, ['cat-file', '--batch'], {
    ...limits(options),
    input: `${name}\n`,
    maxOutputBytes: maxBytes + room,
  }).catch((error: unknown) => {
    throw error instanceof CommandFailed && error.failure === 'output_exceeded' ? tooLarge() : error;
  });
  const end = stdout.indexOf(10);
  // Else `<name> missing`, and the name may hold any words.
  const header = /^[0-9a-f]+ (commit|blob|tree|tag) (\d+)$/.exec(stdout.subarray(0, end).toString('latin1'));
  if (header?.[1] !== type) return null;
  const size = Number(header[2]);
  if (size > maxBytes) throw tooLarge();
  return stdout.subarray(end + 1, end + 1 + size);
}

/** Past this many bytes of paths, what changed cannot be told any more: everything did. */
const mostPathBytes = 4 * 1024 * 1024;

/**
 * Paths that differ between two commits. Null when `from` is no ancestor of `to` (a first push, rewritten history), when either is
 * missing, or when they are too many.
 */
export async function listChangedPaths(
  repository: string,
  from: string,
  to: string,
  options: ReadOptions = {},
): Promise<readonly string[] | null> {
  if (!isObjectName(from) || !isObjectName(to) || isZeroObjectName(from) || isZeroObjectName(to)) return null;
  const diff = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', '--no-ext-diff', '--end-of-options', from, to];
  try {
    const [ancestry, { stdout }] = await Promise.all([
      runGit(repository, ['merge-base', '--is-ancestor', from, to], { ...limits(options), okCodes: [0, 1, 128] }),
      runGit(repository, diff, { ...limits(options), okCodes: [0, 128], maxOutputBytes: mostPathBytes }),
    ]);
    if (ancestry.code !== 0) return null;
    return stdout
      .toString('utf8')
      .split('\0')
      .filter((path) => path !== '');
  } catch (error) {
    if (error instanceof CommandFailed && error.failure === 'output_exceeded') return null;
    throw error;
  }
}

/** All refs, sorted by name: what a sweeper compares with what was recorded. */
export async function listRefs(repository: string, options: ReadOptions = {}): Promise<readonly RefFacts[]> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)'];
  const { stdout } = await runGit(repository, args, { ...limits(options), maxOutputBytes: 256 * 1024 * 1024 });
  const lines = stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const space = line.indexOf(' ');
    return { sha: line.slice(0, space), ref: line.slice(space + 1) };
  });
}
