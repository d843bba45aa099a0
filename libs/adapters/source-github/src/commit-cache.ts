import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed, readCommitFacts, runGit } from '@sconce/foundation';
import { SourceRejected, type SourceRepository, SourceUnavailable } from '@sconce/ports';

export interface CommitCacheOptions {
  /** One bare repository for each of GitHub's, by its id. Can be removed at any time. */
  readonly directory: string;
  /** `https://github.com`, without a path. */
  readonly gitUrl: string;
  readonly token: (repository: SourceRepository, signal: AbortSignal) => Promise<string>;
  readonly timeoutMs?: number;
}

export interface CommitCache {
  /** A bare repository that holds this commit and its tree. Throws `SourceUnavailable` or `SourceRejected`. */
  holding(repository: SourceRepository, sha: string, signal: AbortSignal): Promise<string>;
}

/** Every fetch leaves a pack; past this many the cache is begun anew, which also drops what nobody needs any more. */
const mostPacks = 50;
const defaultTimeoutMs = 600_000;

/** Fetches single commits, without history, and keeps them so that the next one only brings what differs. */
export function createCommitCache(options: CommitCacheOptions): CommitCache {
  /** One fetch at a time for each repository: they share its list of shallow commits. */
  const queues = new Map<string, Promise<unknown>>();
  return {
    holding: async (repository, sha, signal) => {
      if (!/^\d{1,20}$/.test(repository.hostId)) throw new SourceRejected(`${repository.fullName} has no GitHub id`);
      const directory = join(options.directory, `${repository.hostId}.git`);
      const before = queues.get(directory) ?? Promise.resolve();
      const turn = before.catch(() => undefined).then(() => fill(directory, repository, sha, options, signal));
      queues.set(directory, turn);
      try {
        await turn;
      } finally {
        if (queues.get(directory) === turn) queues.delete(directory);
      }
      return directory;
    },
  };
}

async function fill(
  directory: string,
  repository: SourceRepository,
  sha: string,
  options: CommitCacheOptions,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  await prepare(directory);
  if ((await readCommitFacts(directory, sha, { signal })) !== null) return;
  const token = await options.token(repository, signal);
  const url = `${options.gitUrl.replace(/\/$/, '')}/${repository.fullName}.git`;
  const args = [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--depth=1',
    '--',
    url,
    sha,
  ];
  try {
    await runGit(directory, args, {
      signal,
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
      settings: fetchSettings(url, token),
    });
  } catch (error) {
    throw toSourceError(error, repository, sha);
  }
}

function fetchSettings(url: string, token: string): Readonly<Record<string, string>> {
  const scheme = new URL(url).protocol.replace(':', '');
  return {
    [`protocol.${scheme}.allow`]: 'always',
    // In the environment, not the arguments: those every process of the machine can read.
    'http.extraHeader': `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
    'http.lowSpeedLimit': '1000',
    'http.lowSpeedTime': '30',
    'fetch.unpackLimit': '1',
    // Old repositories have harmless flaws that git's own check would refuse; what is written to disk is checked at check-out.
    'transfer.fsckObjects': 'false',
  };
}

async function prepare(directory: string): Promise<void> {
  const packs = await readdir(join(directory, 'objects', 'pack')).catch(() => null);
  const isFull = packs !== null && packs.filter((name) => name.endsWith('.pack')).length > mostPacks;
  if (packs !== null && !isFull) {
    // Left by a git that was killed; with one fetch at a time it guards nothing.
    await rm(join(directory, 'shallow.lock'), { force: true });
    return;
  }
  if (isFull) await rm(directory, { recursive: true, force: true });
  const draft = `${directory}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  await runGit(draft, ['init', '--quiet', '--bare', '--template='], { timeoutMs: 30_000 });
  await rename(draft, directory).catch(async (error) => {
    await access(directory).catch(() => {
      throw error;
    });
  });
}

function toSourceError(error: unknown, repository: SourceRepository, sha: string): unknown {
  if (!(error instanceof CommandFailed)) return error;
  if (
    /not our ref|couldn't find remote ref|no such remote ref|did not send all necessary objects/i.test(error.stderrTail)
  ) {
    return new SourceRejected(`${repository.fullName} has no commit ${sha}`, { cause: error });
  }
  if (/index-pack|bad object|corrupt/i.test(error.stderrTail)) {
    return new SourceRejected(`${repository.fullName}: commit ${sha} is damaged: ${error.stderrTail}`, {
      cause: error,
    });
  }
  return new SourceUnavailable(`${repository.fullName}: fetching ${sha} failed: ${error.message}`, { cause: error });
}
