import { canonicalJson } from '../canonical-json.ts';
import { overlay, type SettingsLayer } from './effective-settings.ts';
import { emptyFileSettings, type FileSettings } from './file-settings.ts';
import { type BuildSettings, defaultBuildSettings, defaultServiceSettings } from './service-settings.ts';

/** One setting that a file changes, or would if people had not set it. Values are in words; null is nothing. */
export interface FileDifference {
  /** `resources.gpu`, `build.dockerfile`. */
  readonly name: string;
  /** As the file that was deployed last has it, over the defaults. */
  readonly from: string | null;
  /** As this file has it, over the defaults. */
  readonly to: string | null;
  /** What people set over the API, which stays in force whatever the file says; absent where they set nothing. */
  readonly above?: string | null;
}

export interface FileComparison {
  readonly settings: readonly FileDifference[];
  readonly variables: readonly { readonly name: string; readonly from: string | null; readonly to: string | null }[];
  readonly secretGroups: { readonly attached: readonly string[]; readonly detached: readonly string[] };
}

export interface PeoplesLayer {
  readonly settings: SettingsLayer;
  readonly build: Partial<BuildSettings>;
}

/**
 * What deploying `now` changes against the file that was deployed last (`before`, null for none), below what people set. A setting that they
 * set is told where the file names it otherwise, also when the file itself does not change it: whoever wrote it there would wonder.
 */
export function compareFileSettings(
  before: FileSettings | null,
  now: FileSettings,
  above: PeoplesLayer,
): FileComparison {
  const old = before ?? emptyFileSettings;
  const named = new Set([...leaves({ ...now.settings }).keys(), ...leaves({ build: now.build }).keys()]);
  const set = leaves({ ...above.settings, build: above.build });
  const from = leaves(withDefaults(old));
  const to = leaves(withDefaults(now));
  const names = [...new Set([...from.keys(), ...to.keys()])].sort();
  const settings = names.flatMap((name): FileDifference[] => {
    const [then, next] = [inWords(from.get(name)), inWords(to.get(name))];
    const over = set.has(name) ? { above: inWords(set.get(name) === 'none' ? null : set.get(name)) } : null;
    const isHidden = over !== null && named.has(name) && over.above !== next;
    return then !== next || isHidden ? [{ name, from: then, to: next, ...over }] : [];
  });
  return { settings, variables: compareValues(old.env, now.env), secretGroups: compareGroups(old, now) };
}

function withDefaults(file: FileSettings): object {
  return {
    ...overlay(defaultServiceSettings, file.settings),
    build: overlay(defaultBuildSettings, file.build),
  };
}

/** Values by their path. A GPU, a list and a set of build arguments are one value each: as they are set. */
function leaves(value: object, prefix = ''): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, held] of Object.entries(value)) {
    const name = `${prefix}${key}`;
    const isWhole = key === 'gpu' || key === 'args' || Array.isArray(held) || typeof held !== 'object' || held === null;
    if (held === undefined) continue;
    if (isWhole) found.set(name, held);
    else for (const [inner, one] of leaves(held, `${name}.`)) found.set(inner, one);
  }
  return found;
}

function compareValues(old: FileSettings['env'], now: FileSettings['env']): FileComparison['variables'] {
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].sort().flatMap((name) => {
    const [from, to] = [old[name] ?? null, now[name] ?? null];
    return from === to ? [] : [{ name, from, to }];
  });
}

function compareGroups(old: FileSettings, now: FileSettings): FileComparison['secretGroups'] {
  return {
    attached: now.secretGroups.filter((slug) => !old.secretGroups.includes(slug)),
    detached: old.secretGroups.filter((slug) => !now.secretGroups.includes(slug)),
  };
}

function inWords(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : canonicalJson(value);
}
