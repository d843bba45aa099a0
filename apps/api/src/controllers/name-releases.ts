import type { LogLine } from '@sconce/core';
import { type ReleaseName, readReleaseNames, type Tx } from '@sconce/db';

/** A line as the contract has it: its release goes by number and name, as everywhere else. */
export type ShownLine = Omit<LogLine, 'release'> & { readonly release?: ReleaseName };

/** For one request or stream: a release is looked up with its first line, and its number never changes. */
export function createLineNamer(tx: Tx): (lines: readonly LogLine[]) => Promise<ShownLine[]> {
  const known = new Map<string, ReleaseName | null>();
  return async (lines) => {
    const unknown = new Set<string>();
    for (const { release } of lines) if (release !== undefined && !known.has(release)) unknown.add(release);
    if (unknown.size > 0) {
      for (const id of unknown) known.set(id, null);
      for (const name of await readReleaseNames(tx, [...unknown])) known.set(name.id, name);
    }
    return lines.map(({ release, ...line }) => {
      const name = release === undefined ? null : known.get(release);
      return name ? { ...line, release: name } : line;
    });
  };
}
