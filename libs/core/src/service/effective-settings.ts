import type { DeepPartial, FileSettings } from './file-settings.ts';
import {
  type BuildSettings,
  defaultBuildSettings,
  defaultServiceSettings,
  type ServiceSettings,
} from './service-settings.ts';

/**
 * Over the API null takes a setting back, so that the file's or the default shows again; `none` sets what may be absent to nothing, also
 * over a file that names something: no GPU, no limit, no probe path.
 */
export type SettingsLayer = DeepPartial<OrNone<ServiceSettings>>;
type OrNone<T> = {
  readonly [K in keyof T]: null extends T[K]
    ? T[K] | 'none'
    : T[K] extends readonly unknown[]
      ? T[K]
      : T[K] extends object
        ? OrNone<T[K]>
        : T[K];
};

/** Defaults, under `sconce.yaml` at the deployed commit, under what people set over the API. */
export function effectiveSettings(file: FileSettings, settings: SettingsLayer): ServiceSettings {
  return overlay(overlay(defaultServiceSettings, file.settings), toValues(settings));
}

/** Lists and GPU requests are taken as they are: in them a text is a text. */
function toValues(layer: SettingsLayer): DeepPartial<ServiceSettings> {
  const value = (key: string, set: unknown): unknown => {
    if (set === 'none') return null;
    return isPlainObject(set) && !whole.has(key) ? each(set) : set;
  };
  const each = (from: object): object =>
    Object.fromEntries(Object.entries(from).map(([key, set]) => [key, value(key, set)]));
  return each(layer) as DeepPartial<ServiceSettings>;
}

export function effectiveBuildSettings(file: FileSettings, build: Partial<BuildSettings>): BuildSettings {
  return overlay(overlay(defaultBuildSettings, file.build), build);
}

/** Attached by the file or by people, each once, sorted. */
export function effectiveSecretGroups(file: FileSettings, groups: readonly string[]): string[] {
  return [...new Set([...file.secretGroups, ...groups])].sort();
}

/** Parts that only make sense whole: a product from one layer and a count from another would be a GPU nobody asked for. */
const whole: ReadonlySet<string> = new Set(['gpu']);

/** Objects are merged key by key, everything else is replaced. An absent or undefined key leaves what is below. */
export function overlay<T>(below: T, above: DeepPartial<NoInfer<T>> | undefined): T {
  return merge(below, above) as T;
}

function merge(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (!isPlainObject(below) || !isPlainObject(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === undefined || key === '__proto__') continue;
    merged[key] = whole.has(key) ? value : merge(Object.hasOwn(below, key) ? below[key] : undefined, value);
  }
  return merged;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
