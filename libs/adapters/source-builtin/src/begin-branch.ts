import { CommandFailed, isFullRef, isTreePath, resolveCommit, runGit } from '@sconce/foundation';
import type { RefUpdate } from './serve/receive-commands.ts';

export interface FirstCommit {
  /** `main` */
  readonly branch: string;
  /** By path; every file is a plain one. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly message: string;
  /** Seconds since 1970. */
  readonly at: number;
}

const nothing = '0'.repeat(40);

/** Makes a branch that is not there yet, of one commit with these files. Null when it is there. Two at once: one of them finds it there. */
export async function beginBranch(repository: string, commit: FirstCommit): Promise<RefUpdate | null> {
  const ref = `refs/heads/${commit.branch}`;
  if (!isFullRef(ref)) throw new Error(`${JSON.stringify(ref.slice(0, 80))} is no branch`);
  if ((await resolveCommit(repository, ref)) !== null) return null;
  try {
    // Its own name first, so that the branch itself moves only if nobody else made it meanwhile.
    const draft = `refs/sconce/begin-${process.hrtime.bigint()}`;
    await runGit(repository, ['fast-import', '--quiet', '--done'], {
      timeoutMs: 60_000,
      input: toImport(draft, commit),
    });
    const after = await resolveCommit(repository, draft);
    if (after === null) throw new Error('the commit was not made');
    const moves = `create ${ref}\0${after}\0delete ${draft}\0${after}\0`;
    await runGit(repository, ['update-ref', '--stdin', '-z'], { timeoutMs: 30_000, input: moves });
    return { ref, before: nothing, after };
  } catch (error) {
    if (error instanceof CommandFailed && (await resolveCommit(repository, ref)) !== null) return null;
    throw error;
  }
}

/** A stream for git-fast-import(1). */
function toImport(ref: string, { files, message, at }: FirstCommit): Buffer {
  const pieces: Uint8Array[] = [];
  const say = (text: string) => pieces.push(Buffer.from(text, 'utf8'));
  const data = (bytes: Uint8Array) => {
    say(`data ${bytes.byteLength}\n`);
    pieces.push(bytes);
    say('\n');
  };
  say(`commit ${ref}\ncommitter Sconce <sconce@localhost> ${Math.floor(at)} +0000\n`);
  data(Buffer.from(message, 'utf8'));
  for (const [path, bytes] of files) {
    if (!isTreePath(path) || path.startsWith('"'))
      throw new Error(`${JSON.stringify(path.slice(0, 80))} is no path in a tree`);
    say(`M 100644 inline ${path}\n`);
    data(bytes);
  }
  say('done\n');
  return Buffer.concat(pieces);
}
