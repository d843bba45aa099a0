/** A repository as its host knows it. */
export interface SourceRepository {
  readonly host: 'github' | 'builtin';
  /** The host's own id: GitHub's numeric id as text, or the built-in repository's `rpo_` id. */
  readonly hostId: string;
  /** GitHub: `owner/name`; built in: `project/repository`. */
  readonly fullName: string;
  readonly installationId: string | null;
}

export interface SourceCommit {
  readonly sha: string;
  /** Hash of the tree: equal trees mean equal content, whatever the commit says. */
  readonly tree: string;
  readonly message: string;
  readonly author: string;
  readonly authoredAt: string;
}

/** Where commits come from. Bad objects, hooks, submodules and host paths never run or leak through it. */
export interface SourceHost {
  /** The commit a full ref (`refs/heads/main`) points to now, or null when the ref does not exist. Throws `SourceUnavailable`. */
  resolveRef(repository: SourceRepository, ref: string, signal: AbortSignal): Promise<string | null>;
  /** Null when the host has no such commit. */
  readCommit(repository: SourceRepository, sha: string, signal: AbortSignal): Promise<SourceCommit | null>;
  /**
   * Writes the commit's tree, and nothing else, into the empty directory `into`. No hooks, filters or submodules run; links
   * that lead out of the tree are left out. Answers sentences for the build log about what was left out and why.
   * Throws `SourceUnavailable` (passing) or `SourceRejected` (the tree itself is unsafe or absent).
   */
  checkOut(repository: SourceRepository, sha: string, into: string, signal: AbortSignal): Promise<readonly string[]>;
  /** One file's text at a commit, or null; at most `maxBytes`, else `SourceRejected`. */
  readFile(
    repository: SourceRepository,
    sha: string,
    path: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<string | null>;
  /** Paths that differ between two commits; null when it cannot be told (first push, rewritten history, too many). */
  changedPaths(
    repository: SourceRepository,
    from: string,
    to: string,
    signal: AbortSignal,
  ): Promise<readonly string[] | null>;
}

/** Power found by `tidying(host)`: repositories that the host stores itself need their objects packed now and then. */
export interface Tidying {
  /** Does what there is enough of to do, with one core, and leaves pushes and fetches alone. Ends early with the signal. */
  tidy(repository: SourceRepository, signal: AbortSignal): Promise<void>;
}

export function tidying(host: SourceHost): Tidying | null {
  return 'tidy' in host ? (host as SourceHost & Tidying) : null;
}

/** The host did not answer, or not in time: worth another try. */
export class SourceUnavailable extends Error {
  override readonly name = 'SourceUnavailable';
}

/** What was asked for is not there, or not safe: trying again changes nothing. */
export class SourceRejected extends Error {
  override readonly name = 'SourceRejected';
}
