/** A full ref, told apart by what it names: a tag called `main` is never the branch `main`. */
export interface GitRef {
  readonly kind: 'branch' | 'tag' | 'other';
  /** `refs/heads/feature/x` */
  readonly full: string;
  /** `feature/x`; the full ref when it is neither a branch nor a tag. */
  readonly name: string;
}

const maxRefLength = 1024;

/** Null when git itself would refuse the name (git-check-ref-format). */
export function parseGitRef(full: string): GitRef | null {
  if (!isLegalRef(full)) return null;
  if (full.startsWith('refs/heads/')) return { kind: 'branch', full, name: full.slice('refs/heads/'.length) };
  if (full.startsWith('refs/tags/')) return { kind: 'tag', full, name: full.slice('refs/tags/'.length) };
  return { kind: 'other', full, name: full };
}

function isLegalRef(full: string): boolean {
  if (full.length > maxRefLength || !full.startsWith('refs/') || !full.isWellFormed()) return false;
  if (hasForbiddenCharacter(full) || full.includes('..') || full.includes('@{') || full.endsWith('.')) return false;
  return full.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

function hasForbiddenCharacter(full: string): boolean {
  for (const character of full) {
    if (character <= ' ' || character === '\u007f' || '~^:?*[\\'.includes(character)) return true;
  }
  return false;
}

/** A full object name, SHA-1 or SHA-256. */
export function isCommitSha(text: unknown): text is string {
  return typeof text === 'string' && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** What hosts send for "nothing": before a ref was made, after it was deleted. */
export function isZeroSha(text: string): boolean {
  return /^0+$/.test(text);
}

export function shortSha(sha: string): string {
  return sha.slice(0, 7);
}
