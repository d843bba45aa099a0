/** One entry of a commit's tree. Paths are kept byte for byte: one character is one byte. */
export interface TreeEntry {
  readonly kind: 'file' | 'program' | 'link' | 'submodule';
  readonly objectName: string;
  readonly sizeBytes: number;
  /** Bytes as Latin-1, so that a path that is no UTF-8 survives; `displayPath` is for people. */
  readonly path: string;
}

export interface TreeLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** 200,000 files of 1 GiB together: larger than any source tree that makes an image in reasonable time. */
export const defaultTreeLimits: TreeLimits = { entries: 200_000, bytes: 1024 * 1024 * 1024 };

/** A tree that must not be written to a disk. The message says which path and why. */
export class UnsafeTree extends Error {
  override readonly name = 'UnsafeTree';
}

const kinds: Readonly<Record<string, TreeEntry['kind']>> = {
  '100644': 'file',
  '100664': 'file',
  '100755': 'program',
  '120000': 'link',
  '160000': 'submodule',
};

/** Reads `git ls-tree -r -z -l --full-tree` and checks each path. Throws `UnsafeTree`. */
export function parseTree(listing: Buffer, limits: TreeLimits): readonly TreeEntry[] {
  const lines = listing.toString('latin1').split('\0');
  lines.pop();
  if (lines.length > limits.entries) throw new UnsafeTree(`The commit has more than ${limits.entries} files.`);
  const entries = lines.map(parseLine);
  const bytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  if (bytes > limits.bytes) {
    const mib = (count: number) => Math.ceil(count / 1024 / 1024);
    throw new UnsafeTree(
      `The commit's files are ${mib(bytes)} MiB together; at most ${mib(limits.bytes)} MiB are taken.`,
    );
  }
  refuseClashes(entries);
  return entries;
}

function parseLine(line: string): TreeEntry {
  const [, mode = '', objectName = '', size = '', path = ''] =
    /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(line) ?? [];
  const kind = kinds[mode];
  if (kind === undefined) throw new UnsafeTree(`${displayPath(path)} has the unknown mode ${mode}.`);
  const problem = path
    .split('/')
    .map(componentProblem)
    .find((found) => found !== null);
  if (problem !== undefined || path.length > 4000) {
    throw new UnsafeTree(`${displayPath(path)} ${problem ?? 'is too long a path'}.`);
  }
  return { kind, objectName, sizeBytes: size === '-' ? 0 : Number(size), path };
}

/**
 * Names that mean something else than a file in a folder: on this file system, or to a git that is run inside the tree later.
 * The spellings of `.git` are those that git itself refuses for the sake of other systems (fsck: hasDotgit).
 */
function componentProblem(name: string): string | null {
  if (name === '' || name === '.' || name === '..') return 'leads out of the repository';
  if (name.length > 255) return 'has too long a name';
  const plain = Buffer.from(name, 'latin1')
    .toString('utf8')
    // Characters that HFS+ ignores.
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
    .toLowerCase();
  return /^(?:\.git|git~1)(?:[ .]*$|:)/.test(plain) ? "hides among git's own files" : null;
}

/**
 * The same path twice, or a file where another entry needs a folder: git writes no such trees, and with a link in that place the file
 * would be written wherever the link leads.
 */
function refuseClashes(entries: readonly TreeEntry[]): void {
  const leaves = new Set<string>();
  for (const { path } of entries) {
    if (leaves.has(path)) throw new UnsafeTree(`${displayPath(path)} is in the tree twice.`);
    leaves.add(path);
  }
  const checked = new Set<string>();
  for (const { path } of entries) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = path.slice(0, end);
      if (checked.has(parent)) break;
      if (leaves.has(parent)) throw new UnsafeTree(`${displayPath(parent)} is both a file and a folder.`);
      checked.add(parent);
    }
  }
}

/**
 * Whether a link's target stays inside the tree, whatever other links it passes. `..` counts only before the first name: after one, it
 * would depend on where that name leads. A tree whose links all keep to this can be followed anywhere without leaving it.
 */
export function staysInside(linkPath: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0') || target.length > 4000) return false;
  const steps = target.split('/').filter((step) => step !== '' && step !== '.');
  const ups = steps.findIndex((step) => step !== '..');
  const leading = ups === -1 ? steps.length : ups;
  if (steps.slice(leading).includes('..')) return false;
  return leading <= linkPath.split('/').length - 1;
}

/** For messages: readable, one line, not too long. */
export function displayPath(path: string): string {
  const text = Buffer.from(path, 'latin1')
    .toString('utf8')
    .replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD');
  return `"${text.length > 120 ? `${text.slice(0, 120)}...` : text}"`;
}
