import { access } from 'node:fs/promises';
import type { RepositoryId } from '@sconce/core';
import {
  CommandFailed,
  checkOutTree,
  FileTooLarge,
  listChangedPaths,
  readCommitFacts,
  readFileBytes,
  resolveCommit,
  UnsafeTree,
} from '@sconce/foundation';
import { type SourceHost, SourceRejected, type SourceRepository, SourceUnavailable, type Tidying } from '@sconce/ports';
import { repositoryDirectory, tidyRepository } from './repository-store.ts';

/** The platform's own git server as a source: bare repositories `<rpo id>.git` in one folder. */
export function createBuiltinSourceHost(options: { readonly gitDirectory: string }): SourceHost & Tidying {
  /** Does the work in a repository's folder and says what a failure means for the caller. */
  const inRepository = async <T>(
    repository: SourceRepository,
    what: string,
    signal: AbortSignal,
    work: (directory: string) => Promise<T>,
  ): Promise<T> => {
    signal.throwIfAborted();
    const directory = repositoryDirectory(options.gitDirectory, repository.hostId as RepositoryId);
    try {
      // Without a wait before it: questions of one moment share a process.
      return await work(directory);
    } catch (error) {
      signal.throwIfAborted();
      await access(directory).catch((cause) => {
        throw new SourceUnavailable(`${repository.fullName}: the repository's folder is not there`, { cause });
      });
      if (error instanceof UnsafeTree || error instanceof FileTooLarge)
        throw new SourceRejected(error.message, { cause: error });
      if (!(error instanceof CommandFailed)) throw error;
      throw new SourceUnavailable(`${repository.fullName}: ${what} failed: ${error.message}`, { cause: error });
    }
  };
  return {
    resolveRef: (repository, ref, signal) =>
      inRepository(repository, `looking up ${ref}`, signal, (at) => resolveCommit(at, ref, { signal })),
    readCommit: (repository, sha, signal) =>
      inRepository(repository, `reading ${sha}`, signal, (at) => readCommitFacts(at, sha, { signal })),
    checkOut: (repository, sha, into, signal) =>
      inRepository(repository, `checking out ${sha}`, signal, async (at) => {
        try {
          return await checkOutTree(at, sha, into, { signal });
        } catch (error) {
          if (!(error instanceof CommandFailed) || error.failure !== 'exit_code') throw error;
          if ((await readCommitFacts(at, sha, { signal })) !== null) throw error;
          throw new SourceRejected(`${repository.fullName} has no commit ${sha.slice(0, 64)}`, { cause: error });
        }
      }),
    readFile: (repository, sha, path, maxBytes, signal) =>
      inRepository(repository, `reading a file of ${sha}`, signal, async (at) => {
        const bytes = await readFileBytes(at, sha, path, maxBytes, { signal });
        return bytes === null ? null : bytes.toString('utf8');
      }),
    changedPaths: (repository, from, to, signal) =>
      inRepository(repository, `comparing ${from} with ${to}`, signal, (at) =>
        listChangedPaths(at, from, to, { signal }),
      ),
    tidy: (repository, signal) => inRepository(repository, 'tidying', signal, (at) => tidyRepository(at, signal)),
  };
}
