import { randomBytes } from 'node:crypto';
import { access, appendFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isId, type RepositoryId } from '@sconce/core';
import { runGit } from '@sconce/foundation';

/** Where a repository's bare directory is. Throws on anything that is no repository id: it becomes a path. */
export function repositoryDirectory(gitDirectory: string, id: RepositoryId): string {
  if (!isId('rpo', id)) throw new Error(`${JSON.stringify(String(id).slice(0, 80))} is no repository id`);
  return join(gitDirectory, `${id}.git`);
}

/** 2 GiB in one push. */
const largestPushBytes = 2 * 1024 * 1024 * 1024;

/**
 * What a repository of ours is. Objects are checked as they come. Objects and refs are on the disk before a push is acknowledged
 * (`committed`), so that it outlives the machine's power as well. The three ignored findings are old, harmless and in the history of well-known projects.
 */
const configuration = `[receive]
	fsckObjects = true
	denyDeletes = false
	denyNonFastForwards = false
	denyDeleteCurrent = ignore
	autogc = false
	maxInputSize = ${largestPushBytes}
[receive "fsck"]
	badTimezone = ignore
	missingSpaceBeforeDate = ignore
	zeroPaddedFilemode = ignore
[core]
	fsync = committed
	fsyncMethod = batch
[http]
	receivepack = true
	getanyfile = false
[uploadpack]
	allowFilter = true
`;

/** Makes an empty bare repository, whole or not at all; one that stands already is left as it is. */
export async function createRepository(gitDirectory: string, id: RepositoryId): Promise<string> {
  const directory = repositoryDirectory(gitDirectory, id);
  if (await exists(directory)) return directory;
  await mkdir(gitDirectory, { recursive: true, mode: 0o700 });
  const draft = `${directory}.${randomBytes(6).toString('hex')}.new`;
  try {
    // An empty template: no hooks, no info files.
    await runGit(draft, ['init', '--quiet', '--bare', '--template=', '--initial-branch=main'], { timeoutMs: 30_000 });
    await appendFile(join(draft, 'config'), configuration);
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Somebody else made it meanwhile.
    if (await exists(directory)) return directory;
    throw new Error(`could not create repository ${id}`, { cause: error });
  }
  return directory;
}

/** Removes a repository and all its history; fine when there is none. */
export async function deleteRepository(gitDirectory: string, id: RepositoryId): Promise<void> {
  const directory = repositoryDirectory(gitDirectory, id);
  const grave = `${directory}.${randomBytes(6).toString('hex')}.deleted`;
  try {
    // First out of reach as a whole, so that nobody ever reads half a repository.
    await rename(directory, grave);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(grave, { recursive: true, force: true });
}

/** Packs what many pushes left as single files, when there is enough of it. Pushes and fetches go on meanwhile. */
export async function tidyRepository(directory: string, signal: AbortSignal): Promise<void> {
  const settings = { 'gc.auto': '2000', 'gc.pruneExpire': '2.weeks.ago', 'pack.threads': '1' };
  await runGit(directory, ['gc', '--auto', '--quiet'], { timeoutMs: 600_000, signal, settings });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
