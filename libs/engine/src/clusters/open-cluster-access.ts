import type { ClusterAccess, RegistryCredentials } from '@sconce/core';
import { type AddedClusterRow, type Database, readSealedValues } from '@sconce/db';
import { SealedValueUnreadable, type SecretOpener } from '@sconce/ports';
import { accessName, registryName } from './added-clusters.ts';

export interface OpenedAccess {
  readonly access: ClusterAccess;
  readonly registryCredentials: RegistryCredentials | null;
}

/** Keep it no longer than needed, and log nothing of it. Throws `SealedValueUnreadable`, naming the value and never showing it. */
export async function openClusterAccess(
  deps: { readonly db: Database; readonly secretOpener: SecretOpener },
  cluster: AddedClusterRow,
): Promise<OpenedAccess> {
  const { accessValueId, registryValueId } = cluster;
  const access = await open<ClusterAccess>(deps, cluster, accessName, accessValueId);
  const registryCredentials =
    registryValueId === null ? null : await open<RegistryCredentials>(deps, cluster, registryName, registryValueId);
  return { access, registryCredentials };
}

async function open<T>(
  { db, secretOpener }: Parameters<typeof openClusterAccess>[0],
  cluster: AddedClusterRow,
  name: string,
  valueId: string,
): Promise<T> {
  const [row] = await readSealedValues(db.tx, [valueId]);
  if (!row) throw new SealedValueUnreadable(`The ${name} of cluster ${cluster.name} is no longer kept`);
  // Owner and name are those of the cluster: a value that was put in its place does not open.
  const plaintext = await secretOpener.open({ owner: cluster.id, name, version: row.version }, row);
  return JSON.parse(Buffer.from(plaintext).toString('utf8')) as T;
}
