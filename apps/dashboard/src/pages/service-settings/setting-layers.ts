import type { Service } from '@sconce/contract';
import type { SettingField } from './setting-fields.ts';

/** Where what applies comes from: people, here; the file at the deployed commit; or nobody said anything. */
export type Layer = 'here' | 'file' | 'default';

export const layerWords: Readonly<Record<Layer, string>> = {
  here: 'set here',
  file: 'sconce.yaml',
  default: 'default',
};

/** The API's objects that a key leads into: as it applies, as people set it, as the file says it. */
function rootsOf(service: Service, key: string) {
  return key.startsWith('build.')
    ? [service.effectiveBuildSettings, service.buildSettings, service.fileBuildSettings]
    : [service.effectiveSettings, service.settings, service.fileSettings];
}

const valueAt = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? at[name as never] : undefined),
    root,
  );

export interface SettingFacts {
  /** As it is typed. */
  readonly text: string;
  readonly layer: Layer;
  /** What applies once it is not set here any more. */
  readonly below: string;
}

export function factsOf(service: Service, { key, form }: SettingField): SettingFacts {
  const path = key.split('.').slice(1);
  const [effective, own, file] = rootsOf(service, key).map((root) => valueAt(root, path));
  const layer: Layer = own !== undefined ? 'here' : file !== undefined ? 'file' : 'default';
  const below = file !== undefined ? `as sconce.yaml says: ${form.format(file) || 'nothing'}` : 'the default';
  return { text: form.format(effective ?? null), layer, below };
}

/** What the API takes: each value at its place. */
export function toBody(values: readonly (readonly [key: string, value: unknown])[]): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [key, value] of values) {
    const path = key.split('.');
    const last = path.pop() ?? '';
    let at = body;
    for (const name of path) {
      at[name] ??= {};
      at = at[name] as Record<string, unknown>;
    }
    at[last] = value;
  }
  return body;
}
