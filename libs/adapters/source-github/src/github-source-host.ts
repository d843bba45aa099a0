import {
  CommandFailed,
  checkOutTree,
  isFullRef,
  isObjectName,
  isTreePath,
  isZeroObjectName,
  UnsafeTree,
} from '@sconce/foundation';
import { type SourceHost, SourceRejected, type SourceRepository, SourceUnavailable } from '@sconce/ports';
import { createCommitCache } from './commit-cache.ts';
import { createGithubClient, type GithubClient, type GithubClientOptions } from './github-client.ts';

export interface GithubSourceHostOptions extends GithubClientOptions {
  /** Where git reaches the repositories: `https://github.com`. */
  readonly gitUrl: string;
  readonly cacheDirectory: string;
}

/** GitHub lists no more files of a comparison than this: beyond, what changed cannot be told. */
const mostComparedFiles = 300;

/** GitHub as a source: questions over its REST API, trees over git. */
export function createGithubSourceHost(options: GithubSourceHostOptions): SourceHost {
  const client = createGithubClient(options);
  const cache = createCommitCache({ directory: options.cacheDirectory, gitUrl: options.gitUrl, token: client.token });
  return {
    resolveRef: (repository, ref, signal) => resolveRef(client, repository, ref, signal),
    readCommit: async (repository, sha, signal) => {
      if (!isObjectName(sha)) return null;
      const commit = await client.ask(repository, `reading ${sha}`, signal, (octokit, place) =>
        octokit.rest.git.getCommit({ ...place, commit_sha: sha }),
      );
      if (commit === null) return null;
      return {
        sha: commit.sha,
        tree: commit.tree.sha,
        message: commit.message.slice(0, 65_536).trimEnd(),
        author: `${commit.author.name} <${commit.author.email}>`,
        authoredAt: new Date(commit.author.date).toISOString(),
      };
    },
    readFile: (repository, sha, path, maxBytes, signal) =>
      readFile(client, repository, { sha, path, maxBytes }, signal),
    changedPaths: (repository, from, to, signal) => changedPaths(client, repository, from, to, signal),
    checkOut: async (repository, sha, into, signal) => {
      signal.throwIfAborted();
      if (!isObjectName(sha) || isZeroObjectName(sha)) throw new SourceRejected('A commit is named by its full hash.');
      const directory = await cache.holding(repository, sha, signal);
      try {
        return await checkOutTree(directory, sha, into, { signal });
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof UnsafeTree) throw new SourceRejected(error.message, { cause: error });
        if (!(error instanceof CommandFailed)) throw error;
        throw new SourceUnavailable(`${repository.fullName}: checking out ${sha} failed: ${error.message}`, {
          cause: error,
        });
      }
    },
  };
}

async function resolveRef(
  client: GithubClient,
  repository: SourceRepository,
  ref: string,
  signal: AbortSignal,
): Promise<string | null> {
  if (!isFullRef(ref)) return null;
  const found = await client.ask(repository, `looking up ${ref}`, signal, (octokit, place) =>
    octokit.rest.git.getRef({ ...place, ref: ref.slice('refs/'.length) }),
  );
  // Where there is no such ref, older servers answer those that begin with it.
  if (found === null || found.ref !== ref) return null;
  let { type, sha } = found.object;
  // A tag of a tag of a tag: git has no limit, we do.
  for (let depth = 0; type === 'tag' && depth < 5; depth += 1) {
    const name = sha;
    const tag = await client.ask(repository, `reading tag ${ref}`, signal, (octokit, place) =>
      octokit.rest.git.getTag({ ...place, tag_sha: name }),
    );
    if (tag === null) return null;
    ({ type, sha } = tag.object);
  }
  return type === 'commit' ? sha : null;
}

async function readFile(
  client: GithubClient,
  repository: SourceRepository,
  file: { readonly sha: string; readonly path: string; readonly maxBytes: number },
  signal: AbortSignal,
): Promise<string | null> {
  if (!isObjectName(file.sha) || !isTreePath(file.path)) return null;
  const found = await client.ask(repository, `reading ${file.path}`, signal, (octokit, place) =>
    octokit.rest.repos.getContent({ ...place, path: file.path, ref: file.sha }),
  );
  // A folder is a list; links and submodules are of their own types.
  if (found === null || Array.isArray(found) || found.type !== 'file') return null;
  if (found.size > file.maxBytes) throw new SourceRejected(`${file.path} is larger than ${file.maxBytes} bytes.`);
  if (found.encoding === 'base64') return Buffer.from(found.content, 'base64').toString('utf8');
  // Above 1 MiB the content is left out of this answer.
  const { sha } = found;
  const blob = await client.ask(repository, `reading ${file.path}`, signal, (octokit, place) =>
    octokit.rest.git.getBlob({ ...place, file_sha: sha }),
  );
  return blob === null ? null : Buffer.from(blob.content, 'base64').toString('utf8');
}

async function changedPaths(
  client: GithubClient,
  repository: SourceRepository,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  if (![from, to].every((sha) => isObjectName(sha) && !isZeroObjectName(sha))) return null;
  if (from === to) return [];
  const found = await client.ask(repository, `comparing ${from} with ${to}`, signal, (octokit, place) =>
    octokit.rest.repos.compareCommitsWithBasehead({ ...place, basehead: `${from}...${to}` }),
  );
  const files = found?.files;
  // Anything but "ahead" is rewritten history: GitHub then compares with the last common commit, not with `from`.
  if (found?.status !== 'ahead' || files === undefined || files.length >= mostComparedFiles) return null;
  const paths = files.flatMap((file) => [
    file.filename,
    ...(file.previous_filename === undefined ? [] : [file.previous_filename]),
  ]);
  return [...new Set(paths)].sort();
}
