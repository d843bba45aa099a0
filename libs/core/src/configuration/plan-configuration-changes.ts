import {
  type ConfigurationMistake,
  checkConfigurationName,
  checkConfigurationValue,
  configurationLimits,
} from './configuration-rules.ts';

/** What stands under a name, or stood: a removed name keeps its version, so that the next one is new. */
export interface StandingValue {
  readonly name: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly removed: boolean;
}

export interface PlannedChange {
  readonly name: string;
  readonly change: 'created' | 'updated' | 'removed' | 'unchanged';
  /** After the change. */
  readonly version: number;
}

export type ConfigurationPlan =
  | { readonly mistakes: readonly ConfigurationMistake[]; readonly tooMany: boolean }
  | { readonly changes: readonly PlannedChange[] };

/**
 * What a patch does to one owner's values: text sets, null removes, absent names stay. A value equal to the one that stands (by
 * fingerprint) changes nothing, so that repeating a patch makes no version. Removing what is not there is fine too.
 */
export function planConfigurationChanges(
  standing: readonly StandingValue[],
  patch: ReadonlyMap<string, string | null>,
  fingerprintOf: (value: string) => string,
): ConfigurationPlan {
  const mistakes = [...patch].flatMap(([name, value]) => mistakesOf(name, value));
  const byName = new Map(standing.map((value) => [value.name, value]));
  const kept = standing.filter((value) => !value.removed && !patch.has(value.name)).length;
  const tooMany =
    kept + [...patch.values()].filter((value) => value !== null).length > configurationLimits.valuesPerOwner;
  if (mistakes.length > 0 || tooMany) return { mistakes, tooMany };
  const changes = [...patch].flatMap(([name, value]) => {
    const change = changeOf(name, byName.get(name), value === null ? null : fingerprintOf(value));
    return change ? [change] : [];
  });
  return { changes: changes.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function mistakesOf(name: string, value: string | null): ConfigurationMistake[] {
  const mistake = checkConfigurationName(name) ?? (value === null ? null : checkConfigurationValue(name, value));
  return mistake ? [mistake] : [];
}

function changeOf(name: string, standing: StandingValue | undefined, fingerprint: string | null): PlannedChange | null {
  if (fingerprint === null) {
    return standing && !standing.removed ? { name, change: 'removed', version: standing.version } : null;
  }
  if (!standing) return { name, change: 'created', version: 1 };
  if (standing.removed) return { name, change: 'created', version: standing.version + 1 };
  if (standing.fingerprint === fingerprint) return { name, change: 'unchanged', version: standing.version };
  return { name, change: 'updated', version: standing.version + 1 };
}
