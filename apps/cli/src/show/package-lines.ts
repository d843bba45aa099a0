import type { Release } from '@sconce/contract';
import { cleanText } from '../terminal/clean-text.ts';
import { table } from '../terminal/table.ts';
import { valueWords } from './words.ts';

type Packages = NonNullable<Release['compared']>['packages'];

/** As many lines of a kind as fit on a screen beside the rest; the others are counted. */
export const foldedPackages = 15;

const kindWords: Readonly<Record<string, string>> = {
  python: 'Python',
  debian: 'Debian',
  alpine: 'Alpine',
  rpm: 'RPM',
};

/** Packages that differ, by kind, at most `most` of each; then what is not known, and why. */
export function packageLines(packages: Packages, most: number): string[] {
  const groups = packages.groups.flatMap(({ kind, differences, added, removed, changed }) => {
    const counts = Object.entries({ added, removed, changed }).filter(([, count]) => count > 0);
    const shown = differences
      .slice(0, most)
      .map(({ name, from, to }) => [`  ${cleanText(name)}`, valueWords(from), '->', valueWords(to)]);
    const more = differences.length - shown.length;
    return [
      `${kindWords[kind] ?? kind} packages: ${counts.map(([verb, count]) => `${count} ${verb}`).join(', ')}`,
      ...table(shown),
      ...(more > 0 ? [`  and ${more} more: --all lists them`] : []),
    ];
  });
  return [...groups, ...packages.unknown.map(({ message }) => cleanText(message))];
}
