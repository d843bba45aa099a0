import type { Variable } from '@sconce/contract';

/** What a person changed and did not apply yet: text sets, null takes away. */
export type Staged = Readonly<Record<string, string | null>>;

export interface Difference {
  readonly name: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly from: string | null;
  readonly to: string | null;
}

type Standing = Pick<Variable, 'name' | 'value' | 'source'>;

/** What applying would change. Setting what is set already is no change; taking away what is not there neither. */
export function toDifferences(standing: readonly Standing[], staged: Staged): readonly Difference[] {
  const byName = new Map(standing.map((variable) => [variable.name, variable]));
  return Object.entries(staged)
    .flatMap(([name, to]): Difference[] => {
      const before = byName.get(name);
      if (before === undefined) return to === null ? [] : [{ name, change: 'added', from: null, to }];
      if (to === null) return [{ name, change: 'removed', from: before.value, to }];
      return before.value === to ? [] : [{ name, change: 'changed', from: before.value, to }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names that stand otherwise now than they did: what somebody else did meanwhile. */
export function changedBetween(before: readonly Standing[], now: readonly Standing[]): readonly string[] {
  const was = new Map(before.map(({ name, value }) => [name, value]));
  const is = new Map(now.map(({ name, value }) => [name, value]));
  return [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name)).sort();
}

/** The patch to send: only what is a change. */
export const toPatch = (differences: readonly Difference[]): Record<string, string | null> =>
  Object.fromEntries(differences.map(({ name, to }) => [name, to]));

const shape = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** Why a name cannot be one of a variable; null: it can. */
export const mistakeInName = (name: string): string | null =>
  shape.test(name) ? null : 'Letters, digits and _, not beginning with a digit.';
