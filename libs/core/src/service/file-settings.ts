import type { BuildSettings, ServiceSettings } from './service-settings.ts';

/** Any part of it, at any depth. An explicit null is a value (`gpu: null` is "none"), an absent key says nothing. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** What `sconce.yaml` says about one service in one environment. */
export interface FileSettings {
  readonly settings: DeepPartial<ServiceSettings>;
  readonly build: Partial<BuildSettings>;
  /** Plain values, below the variables set over the API. */
  readonly env: Readonly<Record<string, string>>;
  /** Slugs of secret groups to attach. */
  readonly secretGroups: readonly string[];
}

export const emptyFileSettings: FileSettings = { settings: {}, build: {}, env: {}, secretGroups: [] };

/** Reads a stored value, `{}` included: columns start empty. */
export function toFileSettings(stored: unknown): FileSettings {
  return {
    ...emptyFileSettings,
    ...(typeof stored === 'object' && stored !== null ? (stored as Partial<FileSettings>) : {}),
  };
}
