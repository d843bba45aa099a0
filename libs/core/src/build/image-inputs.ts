import type { FrozenValue } from '../release/release-spec.ts';
import type { BuildSettings } from '../service/service-settings.ts';

/**
 * All that decides an image beside the tree. What is watched decides whether to build, not what; of secrets it is the sealed version
 * that counts, so that another value makes another image.
 */
export function imageInputs(settings: BuildSettings, secrets: readonly FrozenValue[]): object {
  const { dockerfile, context, args } = settings;
  const sealed = secrets.map(({ name, sealed }) => ({ name, sealed })).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { dockerfile, context, args, secrets: sealed };
}
