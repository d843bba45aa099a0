import { randomBytes } from 'node:crypto';
import { run } from '@sconce/foundation';

/** What a commit's tree holds at a path. `{ mode, object }` is written as it is, whatever it names. */
export type FixtureEntry =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly program: string }
  | { readonly submodule: string };

export interface FixtureCommit {
  readonly ref?: string;
  readonly files: Readonly<Record<string, FixtureEntry>>;
  readonly message?: string;
  readonly parent?: string | null;
}

/** A raw entry of one tree object: git would never write some of those. */
export interface RawEntry {
  readonly mode: string;
  readonly name: string | Uint8Array;
  readonly object: string;
}

/** Writes commits into a bare repository by git's plumbing, also trees and commits that git itself refuses. */
export interface GitFixture {
  readonly repository: string;
  git(args: readonly string[], input?: string | Uint8Array): Promise<string>;
  /** A blob's bytes in base64. */
  base64(object: string): Promise<string>;
  blob(content: string | Uint8Array): Promise<string>;
  rawTree(entries: readonly RawEntry[]): Promise<string>;
  commitTree(tree: string, message?: string, parent?: string | null): Promise<string>;
  commit(change: FixtureCommit): Promise<{ readonly sha: string; readonly tree: string }>;
  updateRef(ref: string, sha: string): Promise<void>;
}

const identity = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '1700000000 +0100',
  GIT_COMMITTER_DATE: '1700000000 +0100',
};

/** The environment of a git that tests run as a user would: no settings of this machine. */
export const plainGitEnvironment: Readonly<Record<string, string>> = {
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  ...identity,
};

export function gitFixture(repository: string): GitFixture {
  const bytes = async (args: readonly string[], input?: string | Uint8Array, env: Record<string, string> = {}) => {
    const options = { env: { ...plainGitEnvironment, GIT_DIR: repository, ...env }, timeoutMs: 60_000 };
    return (await run('git', args, input === undefined ? options : { ...options, input })).stdout;
  };
  const git = async (...args: Parameters<typeof bytes>) => (await bytes(...args)).toString('utf8').trim();
  const blob = (content: string | Uint8Array) => git(['hash-object', '-w', '--stdin'], content);
  const commitTree = (tree: string, message = 'A commit', parent: string | null = null) =>
    git(['commit-tree', tree, ...(parent === null ? [] : ['-p', parent]), '-F', '-'], message);
  const updateRef = async (ref: string, sha: string) => void (await git(['update-ref', ref, sha]));
  return {
    repository,
    git: (args, input) => git(args, input),
    base64: async (object) => (await bytes(['cat-file', 'blob', object])).toString('base64'),
    blob,
    commitTree,
    updateRef,
    rawTree: (entries) => {
      const bytes = entries.flatMap(({ mode, name, object }) => [
        Buffer.from(`${mode} `),
        Buffer.from(name),
        Buffer.from([0]),
        Buffer.from(object, 'hex'),
      ]);
      return git(['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], Buffer.concat(bytes));
    },
    commit: async ({ ref, files, message, parent }) => {
      const lines: string[] = [];
      for (const [path, entry] of Object.entries(files)) {
        const [mode, object] = await write(entry, blob);
        lines.push(`${mode} ${object}\t${path}\0`);
      }
      // Only a name: the index is made anew in the repository and removed with it.
      const index = { GIT_INDEX_FILE: `${repository}/fixture-index-${randomBytes(4).toString('hex')}` };
      await git(['update-index', '-z', '--add', '--index-info'], lines.join(''), index);
      const tree = await git(['write-tree', '--missing-ok'], undefined, index);
      const sha = await commitTree(tree, message, parent ?? null);
      if (ref !== undefined) await updateRef(ref, sha);
      return { sha, tree };
    },
  };
}

async function write(entry: FixtureEntry, blob: GitFixture['blob']): Promise<readonly [mode: string, object: string]> {
  if (typeof entry === 'string' || entry instanceof Uint8Array) return ['100644', await blob(entry)];
  if ('link' in entry) return ['120000', await blob(entry.link)];
  if ('program' in entry) return ['100755', await blob(entry.program)];
  return ['160000', entry.submodule];
}
