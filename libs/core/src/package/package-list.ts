import { cleanText } from '../delivery/clean-text.ts';

/** Who installed it, and wrote down that it did. */
export const packageKinds = ['python', 'debian', 'alpine', 'rpm'] as const;
export type PackageKind = (typeof packageKinds)[number];

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

/** Why not all packages of a kind are known. */
export type PackageGap = 'too_large' | 'too_many' | 'unreadable';

export interface PackageGroup {
  readonly kind: PackageKind;
  /** By name, then version; none twice. */
  readonly packages: readonly InstalledPackage[];
  /** Null: these are all. */
  readonly gap: PackageGap | null;
}

/** What an image holds: only kinds that it has, in the order of `packageKinds`. */
export type PackageList = readonly PackageGroup[];

/** What was found at one place of the image. */
export interface PackageFinding {
  readonly kind: PackageKind;
  readonly packages: readonly InstalledPackage[];
  readonly gap: PackageGap | null;
}

/** More than any image in use holds; what an image made to be large may make of its row in the database. */
export const maxPackagesOfKind = 5_000;
const maxLength = 128;

/** The findings of all places as one list. Names and versions come from the image: they are text of bounded length, and nothing else. */
export function makePackageList(findings: readonly PackageFinding[]): PackageList {
  return packageKinds.flatMap((kind) => {
    const ofKind = findings.filter((finding) => finding.kind === kind);
    if (ofKind.length === 0) return [];
    const distinct = new Map<string, InstalledPackage>();
    for (const { name, version } of ofKind.flatMap(({ packages }) => packages)) {
      const kept = { name: cleanText(name, maxLength), version: cleanText(version, maxLength) };
      distinct.set(`${kept.name}\n${kept.version}`, kept);
    }
    const all = [...distinct.values()].sort((a, b) => inOrder(a.name, b.name) || inOrder(a.version, b.version));
    const gap =
      ofKind.find((finding) => finding.gap !== null)?.gap ?? (all.length > maxPackagesOfKind ? 'too_many' : null);
    return [{ kind, packages: all.slice(0, maxPackagesOfKind), gap }];
  });
}

/** By code units: the same on every machine. */
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
