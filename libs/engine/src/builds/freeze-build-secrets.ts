import { type FrozenValue, layerConfiguration, type SealedValueId } from '@sconce/core';
import { findSecretGroups, readSecrets, type Tx } from '@sconce/db';

/**
 * The exact versions of the secrets a build mounts, sorted by name; or the names that no group has. Groups are slugs, lowest first: of one
 * name in two groups the later group's value stands.
 */
export async function freezeBuildSecrets(
  tx: Tx,
  environmentId: string,
  groups: readonly string[],
  names: readonly string[],
): Promise<{ readonly secrets: readonly FrozenValue[] } | { readonly missing: readonly string[] }> {
  if (names.length === 0) return { secrets: [] };
  const idOf = new Map((await findSecretGroups(tx, environmentId, groups)).map(({ id, slug }) => [slug, id]));
  const standing = (await readSecrets(tx, [...idOf.values()])).filter(({ removed }) => !removed);
  const layers = groups.map((slug) => standing.filter(({ groupId }) => groupId === idOf.get(slug)));
  const chosen = layerConfiguration(layers).filter(({ name }) => names.includes(name));
  const missing = names.filter((name) => !chosen.some((secret) => secret.name === name));
  if (missing.length > 0) return { missing };
  return {
    secrets: chosen.map(({ name, version, valueId, fingerprint }) => ({
      name,
      version,
      sealed: valueId as SealedValueId,
      fingerprint,
    })),
  };
}
