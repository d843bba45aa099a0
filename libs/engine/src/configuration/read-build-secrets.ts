import { layerConfiguration } from '@sconce/core';
import { findSecretGroups, readSecrets } from '@sconce/db';
import type { SecretOpener } from '@sconce/ports';
import type { Deps } from '../deps.ts';
import { openConfiguration } from './open-configuration.ts';

export interface BuildSecretsWanted {
  readonly environmentId: string;
  /** Slugs, lowest first: of one name in two groups the later group's value stands. */
  readonly groups: readonly string[];
  /** Names to mount while building. */
  readonly names: readonly string[];
}

/** The current values of a build's secrets, or the names that no group has. They are for mounts only, never for arguments or layers. */
export async function readBuildSecrets(
  deps: Pick<Deps, 'db'> & { readonly secretOpener: SecretOpener },
  wanted: BuildSecretsWanted,
): Promise<
  | { readonly values: readonly { readonly name: string; readonly value: Uint8Array }[] }
  | { readonly missing: readonly string[] }
> {
  if (wanted.names.length === 0) return { values: [] };
  const groups = await findSecretGroups(deps.db.tx, wanted.environmentId, wanted.groups);
  const idOf = new Map(groups.map(({ id, slug }) => [slug, id]));
  const secrets = (await readSecrets(deps.db.tx, [...idOf.values()])).filter(({ removed }) => !removed);
  const standing = layerConfiguration(
    wanted.groups.map((slug) => secrets.filter(({ groupId }) => groupId === idOf.get(slug))),
  );
  const chosen = standing.filter(({ name }) => wanted.names.includes(name));
  const missing = wanted.names.filter((name) => !chosen.some((secret) => secret.name === name));
  if (missing.length > 0) return { missing };
  const frozen = chosen.map(({ name, version, valueId, fingerprint }) => ({
    name,
    version,
    sealed: valueId as `val_${string}`,
    fingerprint,
  }));
  const opened = await openConfiguration(
    { ...deps, variableOpener: deps.secretOpener },
    { variables: [], secrets: frozen },
  );
  return { values: Object.entries(opened).map(([name, value]) => ({ name, value: Buffer.from(value, 'utf8') })) };
}
