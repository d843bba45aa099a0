import { CommandFailed } from '../exec/command-failed.ts';
import { readObject } from './read-objects.ts';
import { isFullRef, isObjectName, isTreePath, isZeroObjectName, runGit } from './run-git.ts';

/** Questions to a bare repository. Names that could be options or revisions never reach git. */
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
  const commit = await readObject(repository, { name: { ref }, type: 'commit', ...commitLimits(options) });
  return commit?.sha ?? null;
}

const commitLimits = (options: ReadOptions) => ({ ...limits(options), maxBytes: 1024 * 1024 });

/** Null when the repository has no such commit. */
export async function readCommitFacts(
  repository: string,
  sha: string,
  options: ReadOptions = {},
): Promise<CommitFacts | null> {
  if (!isObjectName(sha)) return null;
  const object = await readObject(repository, { name: { sha }, type: 'commit', ...commitLimits(options) });
  if (object === null) return null;
  const text = object.content.toString('utf8');
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

/** The bytes of a file at a commit; null when there is none. Throws `FileTooLarge`. A link's bytes are its target, never what it points to. */
export async function readFileBytes(
  repository: string,
  sha: string,
  path: string,
  maxBytes: number,
  options: ReadOptions = {},
): Promise<Buffer | null> {
  if (!isObjectName(sha) || !isTreePath(path)) return null;
  const object = await readObject(repository, { name: { sha, path }, type: 'blob', maxBytes, ...limits(options) });
  return object?.content ?? null;
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
