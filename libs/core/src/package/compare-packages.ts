import type { Difference } from '../release/compare-releases.ts';
import {
  type InstalledPackage,
  type PackageGap,
  type PackageKind,
  type PackageList,
  packageKinds,
} from './package-list.ts';

/** Why nothing is known of an image's packages. */
export type PackagesUnknown = 'not_read_yet' | 'image_collected' | 'image_missing' | 'image_unknown' | 'unreadable';

export type KnownPackages =
  | { readonly known: true; readonly list: PackageList }
  | { readonly known: false; readonly reason: PackagesUnknown };

export interface PackageDifferences {
  readonly kind: PackageKind;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** By name. One that stands there in several versions has all of them, with commas between. */
  readonly differences: readonly Difference[];
}

/** What cannot be compared, and on which side it is not known. */
export interface PackagesGap {
  readonly side: 'from' | 'to';
  /** Null: all of them. */
  readonly kind: PackageKind | null;
  readonly reason: PackagesUnknown | PackageGap;
}

export interface PackageComparison {
  /** Only kinds that differ, in the order of `packageKinds`. */
  readonly groups: readonly PackageDifferences[];
  /** What is not known on either side is not compared: a package that was not read is not one that was removed. */
  readonly unknown: readonly PackagesGap[];
}

/** The packages that `to` has otherwise than `from`. */
export function comparePackages(from: KnownPackages, to: KnownPackages): PackageComparison {
  if (!from.known || !to.known) return { groups: [], unknown: [...whole('from', from), ...whole('to', to)] };
  const unknown = packageKinds.flatMap((kind) => [...gaps('from', from.list, kind), ...gaps('to', to.list, kind)]);
  const open = new Set(unknown.map(({ kind }) => kind));
  const groups = packageKinds
    .filter((kind) => !open.has(kind))
    .map((kind) => toGroup(kind, compareNamed(versionsOf(from.list, kind), versionsOf(to.list, kind))))
    .filter(({ differences }) => differences.length > 0);
  return { groups, unknown };
}

/** What it comes to, in a few words for each kind: `2 Python packages changed`. */
export function summarisePackages({ groups }: Pick<PackageComparison, 'groups'>): string[] {
  return groups.map(({ kind, differences }) => {
    const [only, ...others] = new Set(differences.map(({ change }) => change));
    const verb = only !== undefined && others.length === 0 ? only : 'changed';
    return `${differences.length} ${packageKindWords[kind]} ${differences.length === 1 ? 'package' : 'packages'} ${verb}`;
  });
}

export const packageKindWords: Readonly<Record<PackageKind, string>> = {
  python: 'Python',
  debian: 'Debian',
  alpine: 'Alpine',
  rpm: 'RPM',
};

function whole(side: 'from' | 'to', packages: KnownPackages): PackagesGap[] {
  return packages.known ? [] : [{ side, kind: null, reason: packages.reason }];
}

function gaps(side: 'from' | 'to', list: PackageList, kind: PackageKind): PackagesGap[] {
  const reason = list.find((group) => group.kind === kind)?.gap ?? null;
  return reason === null ? [] : [{ side, kind, reason }];
}

function versionsOf(list: PackageList, kind: PackageKind): ReadonlyMap<string, string> {
  const packages: readonly InstalledPackage[] = list.find((group) => group.kind === kind)?.packages ?? [];
  const versions = new Map<string, string[]>();
  for (const { name, version } of packages) versions.set(name, [...(versions.get(name) ?? []), version]);
  return new Map([...versions].map(([name, all]) => [name, all.sort().join(', ')]));
}

function compareNamed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Difference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [from, to] = [before.get(name) ?? null, after.get(name) ?? null];
    if (from === to) return [];
    return [{ name, change: from === null ? 'added' : to === null ? 'removed' : 'changed', from, to } as const];
  });
}

function toGroup(kind: PackageKind, differences: readonly Difference[]): PackageDifferences {
  const count = (change: Difference['change']) => differences.filter((one) => one.change === change).length;
  return { kind, added: count('added'), removed: count('removed'), changed: count('changed'), differences };
}
