import { canonicalJson } from '../canonical-json.ts';
import type { FrozenValue, ReleaseSpec } from './release-spec.ts';

export type DifferenceGroup =
  | 'image'
  | 'command'
  | 'variables'
  | 'secrets'
  | 'port'
  | 'probe'
  | 'resources'
  | 'volumes'
  | 'sidecars'
  | 'scaling'
  | 'timing';

/** One thing that differs. Values stay sealed: of a variable or secret only version and fingerprint are told. */
export interface Difference {
  /** What it is within its group: a variable's name, a probe's key, a volume's name. */
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly from: string | null;
  readonly to: string | null;
}

export interface ReleaseComparison {
  readonly same: boolean;
  /** Only groups that differ, in a fixed order. */
  readonly groups: readonly { readonly group: DifferenceGroup; readonly differences: readonly Difference[] }[];
  /** One line: `same image; 2 variables changed`. */
  readonly summary: string;
}

/** What deploying `to` changes against `from`. */
export function compareReleases(from: ReleaseSpec, to: ReleaseSpec): ReleaseComparison {
  const all: readonly (readonly [DifferenceGroup, readonly Difference[]])[] = [
    ['image', compareRecords(imageParts(from), imageParts(to))],
    ['command', compareRecords(commandParts(from), commandParts(to))],
    ['variables', compareRecords(frozenParts(from.variables), frozenParts(to.variables))],
    ['secrets', compareRecords(frozenParts(from.secrets), frozenParts(to.secrets))],
    ['port', compareRecords({ port: from.port }, { port: to.port })],
    ['probe', compareRecords(from.probe, to.probe)],
    ['resources', compareRecords(from.resources, to.resources)],
    ['volumes', compareRecords(volumeParts(from), volumeParts(to))],
    ['sidecars', compareRecords(sidecarParts(from), sidecarParts(to))],
    ['scaling', compareRecords(from.scaling, to.scaling)],
    ['timing', compareRecords(timingParts(from), timingParts(to))],
  ];
  const groups = all
    .filter(([, differences]) => differences.length > 0)
    .map(([group, differences]) => ({ group, differences }));
  return { same: groups.length === 0, groups, summary: summarise(groups) };
}

function imageParts(spec: ReleaseSpec): Record<string, unknown> {
  return { digest: spec.image.digest };
}

function commandParts(spec: ReleaseSpec): Record<string, unknown> {
  return { command: spec.command };
}

function timingParts(spec: ReleaseSpec): Record<string, unknown> {
  return { drainTimeoutMs: spec.drainTimeoutMs, watchMs: spec.watchMs };
}

function volumeParts(spec: ReleaseSpec): Record<string, unknown> {
  return Object.fromEntries(
    spec.volumes.map((volume) => [volume.name, { path: volume.path, sizeMiB: volume.sizeMiB }]),
  );
}

function sidecarParts({ sidecars = [] }: ReleaseSpec): Record<string, unknown> {
  return Object.fromEntries(sidecars.map(({ name, ...rest }) => [name, rest]));
}

function frozenParts(values: readonly FrozenValue[]): Record<string, unknown> {
  return Object.fromEntries(values.map((value) => [value.name, `version ${value.version} (${value.fingerprint})`]));
}

/** A key that is null or absent on one side was added or removed. */
function compareRecords(from: object, to: object): Difference[] {
  const before = new Map(Object.entries(from));
  const after = new Map(Object.entries(to));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const old = inWords(before.get(name));
    const now = inWords(after.get(name));
    if (old === now) return [];
    const change = old === null ? 'added' : now === null ? 'removed' : 'changed';
    return [{ name, change, from: old, to: now } as const];
  });
}

function inWords(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : canonicalJson(value);
}

function summarise(groups: ReleaseComparison['groups']): string {
  if (groups.length === 0) return 'nothing differs';
  const parts = groups
    .filter(({ group }) => group !== 'image')
    .map(({ group, differences }) => phrase(group, differences));
  const image = groups.some(({ group }) => group === 'image') ? 'another image' : 'same image';
  return [image, ...parts].join('; ');
}

const isCounted: ReadonlySet<DifferenceGroup> = new Set(['variables', 'secrets', 'volumes', 'sidecars']);

function phrase(group: DifferenceGroup, differences: readonly Difference[]): string {
  if (!isCounted.has(group)) return `${group} changed`;
  const kinds = new Set(differences.map((difference) => difference.change));
  const [only] = kinds;
  const verb = kinds.size === 1 && only !== undefined ? only : 'changed';
  return `${differences.length} ${differences.length === 1 ? group.slice(0, -1) : group} ${verb}`;
}
