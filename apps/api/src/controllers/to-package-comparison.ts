import { comparePackages, type KnownPackages, type PackagesGap, packageKindWords } from '@sconce/core';

/** One side of a comparison: its name, its image, and what is known of the packages in that. */
export interface PackagesOf {
  readonly name: string;
  readonly digest: string;
  readonly packages: KnownPackages;
}

/** What is otherwise, and what is not known, in words. Equal images hold equal packages, whether these are known or not. */
export function toPackageComparison(from: PackagesOf, to: PackagesOf) {
  if (from.digest === to.digest) return { groups: [], unknown: [] };
  const { groups, unknown } = comparePackages(from.packages, to.packages);
  const sides = { from: from.name, to: to.name };
  return {
    groups,
    unknown: unknown.map((gap) => ({
      release: sides[gap.side],
      kind: gap.kind,
      reason: gap.reason,
      message: gapWords(gap, sides[gap.side]),
    })),
  };
}

function gapWords({ reason, kind }: PackagesGap, release: string): string {
  const packages = kind === null ? 'packages' : `${packageKindWords[kind]} packages`;
  switch (reason) {
    case 'not_read_yet':
      return `The packages of ${release} are not read yet. That is done once nothing is being built or rolled out.`;
    case 'image_collected':
      return `The image of ${release} was removed before its packages were read. Build its commit again to know them.`;
    case 'image_missing':
      return `The image of ${release} was not there any more when its packages were to be read. Build its commit again to know them.`;
    case 'image_unknown':
      return `Nothing is recorded of the image of ${release}, so its packages are not known.`;
    case 'unreadable':
      return kind === null
        ? `The image of ${release} could not be read, though it was tried several times. The log of the worker says why.`
        : `The image of ${release} has ${packages}, in a database that Sconce does not read.`;
    case 'too_large':
      return `The image of ${release} holds too much to find all of its ${packages}.`;
    case 'too_many':
      return `The image of ${release} holds more ${packages} than Sconce keeps.`;
  }
}
