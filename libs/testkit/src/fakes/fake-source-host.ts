import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type SourceCommit,
  type SourceHost,
  SourceRejected,
  type SourceRepository,
  SourceUnavailable,
  type Tidying,
} from '@sconce/ports';
import type { FixtureCommit, FixtureEntry } from '../git/git-fixture.ts';

/** Repositories in memory. */
export interface FakeSourceHost extends SourceHost, Tidying {
  /** Adds a commit to a repository, made by its first one, and moves `ref` to it when one is given. */
  commit(repository: SourceRepository, change: FixtureCommit): { readonly sha: string; readonly tree: string };
  deleteRef(repository: SourceRepository, ref: string): void;
  /** While true every call throws `SourceUnavailable`. */
  setAway(away: boolean): void;
  /** How often each method was called. */
  readonly calls: Readonly<Record<string, number>>;
  /** Ids of repositories that were tidied, in order. */
  readonly tidied: readonly string[];
}

interface FakeCommit extends SourceCommit {
  readonly files: Readonly<Record<string, FixtureEntry>>;
  readonly parent: string | null;
}

interface FakeRepository {
  readonly refs: Map<string, string>;
  readonly commits: Map<string, FakeCommit>;
}

const hash = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('hex');

export function fakeSourceHost(): FakeSourceHost {
  const repositories = new Map<string, FakeRepository>();
  const calls: Record<string, number> = {};
  const tidied: string[] = [];
  let away = false;
  const at = (repository: SourceRepository, call: string, signal: AbortSignal): FakeRepository => {
    signal.throwIfAborted();
    calls[call] = (calls[call] ?? 0) + 1;
    const found = repositories.get(repository.hostId);
    if (away || found === undefined) throw new SourceUnavailable(`${repository.fullName} does not answer`);
    return found;
  };
  return {
    calls,
    tidied,
    tidy: async (repository, signal) => {
      at(repository, 'tidy', signal);
      tidied.push(repository.hostId);
    },
    setAway: (value) => {
      away = value;
    },
    commit: (repository, change) => {
      const known = repositories.get(repository.hostId) ?? { refs: new Map(), commits: new Map() };
      repositories.set(repository.hostId, known);
      const commit = makeCommit(change);
      known.commits.set(commit.sha, commit);
      if (change.ref !== undefined) known.refs.set(change.ref, commit.sha);
      return { sha: commit.sha, tree: commit.tree };
    },
    deleteRef: (repository, ref) => void repositories.get(repository.hostId)?.refs.delete(ref),
    resolveRef: async (repository, ref, signal) => at(repository, 'resolveRef', signal).refs.get(ref) ?? null,
    readCommit: async (repository, sha, signal) => {
      const commit = at(repository, 'readCommit', signal).commits.get(sha);
      if (commit === undefined) return null;
      const { files: _files, parent: _parent, ...facts } = commit;
      return facts;
    },
    readFile: async (repository, sha, path, maxBytes, signal) => {
      const entry = at(repository, 'readFile', signal).commits.get(sha)?.files[path];
      if (typeof entry !== 'string') return null;
      if (Buffer.byteLength(entry) > maxBytes) throw new SourceRejected(`${path} is larger than ${maxBytes} bytes`);
      return entry;
    },
    changedPaths: async (repository, from, to, signal) =>
      changedPaths(at(repository, 'changedPaths', signal), from, to),
    checkOut: async (repository, sha, into, signal) => {
      const commit = at(repository, 'checkOut', signal).commits.get(sha);
      if (commit === undefined) throw new SourceRejected(`${repository.fullName} has no commit ${sha}`);
      return writeFiles(commit.files, into);
    },
  };
}

function makeCommit(change: FixtureCommit): FakeCommit {
  const tree = hash(
    Object.entries(change.files).map(([path, entry]) => [path, entry instanceof Uint8Array ? hash([...entry]) : entry]),
  );
  const message = change.message ?? 'A commit';
  const parent = change.parent ?? null;
  const sha = hash([tree, message, parent]);
  return {
    sha,
    tree,
    message,
    author: 'Ada <ada@example.com>',
    authoredAt: '2023-11-14T22:13:20.000Z',
    files: change.files,
    parent,
  };
}

function changedPaths(repository: FakeRepository, from: string, to: string): readonly string[] | null {
  const [before, after] = [repository.commits.get(from), repository.commits.get(to)];
  if (before === undefined || after === undefined) return null;
  let ancestor: string | null = to;
  while (ancestor !== null && ancestor !== from) ancestor = repository.commits.get(ancestor)?.parent ?? null;
  if (ancestor === null) return null;
  const paths = new Set([...Object.keys(before.files), ...Object.keys(after.files)]);
  return [...paths].filter((path) => JSON.stringify(before.files[path]) !== JSON.stringify(after.files[path])).sort();
}

async function writeFiles(files: FakeCommit['files'], into: string): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const [path, entry] of Object.entries(files)) {
    const target = join(into, path);
    await mkdir(dirname(target), { recursive: true });
    if (typeof entry === 'string' || entry instanceof Uint8Array) {
      await writeFile(target, entry);
      if (entry.toString().startsWith('version https://git-lfs'))
        notes.push(`"${path}" is a Git LFS pointer: its content is not fetched.`);
    } else if ('link' in entry) await symlink(entry.link, target);
    else if ('program' in entry) await writeFile(target, entry.program, { mode: 0o755 });
    else {
      await mkdir(target);
      notes.push(`"${path}" is a submodule and stays an empty folder: its files are not fetched.`);
    }
  }
  return notes;
}
