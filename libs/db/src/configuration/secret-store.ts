import { newId } from '@sconce/foundation';
import type { Tx } from '../database.ts';
import type { SealedValueRef } from './sealed-value-store.ts';
import type { OwnerPlace } from './variable-store.ts';

export interface SecretGroupRow {
  readonly id: string;
  readonly environmentId: string;
  readonly slug: string;
  readonly createdAt: Date;
  /** How many secrets stand in it. */
  readonly secrets: number;
  /** Slugs of the services it is attached to over the API. */
  readonly attachedTo: readonly string[];
}

export interface LockedSecretGroup extends OwnerPlace {
  readonly id: string;
  readonly environmentId: string;
  readonly slug: string;
}

/** What can be told of a secret. There is no value in it, and no way from it to one. */
export interface StandingSecret extends SealedValueRef {
  readonly id: string;
  readonly groupId: string;
  readonly removed: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly updatedBy: string | null;
}

/** Makes the group stand; one that was removed stands again under its old id, so that its versions go on. */
export async function putSecretGroup(
  tx: Tx,
  environmentId: string,
  slug: string,
): Promise<{ id: string; created: boolean }> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO secret_group (id, environment_id, slug) VALUES (${newId('grp')}, ${environmentId}, ${slug})
    ON CONFLICT (environment_id, slug) DO UPDATE SET deleted_at = NULL, created_at = now() WHERE secret_group.deleted_at IS NOT NULL
    RETURNING id`;
  if (rows[0]) return { id: rows[0].id, created: true };
  const standing = await tx.secretGroup.findUniqueOrThrow({ where: { environmentId_slug: { environmentId, slug } } });
  return { id: standing.id, created: false };
}

/** Locks the group until the transaction ends; null when it, its environment or its project is gone. */
export async function lockSecretGroup(tx: Tx, id: string): Promise<LockedSecretGroup | null> {
  const rows = await tx.$queryRaw<LockedSecretGroup[]>`
    SELECT g.id, g.environment_id AS "environmentId", g.slug, p.id AS "projectId", p.slug AS "projectSlug",
      e.slug AS "environmentSlug", NULL AS "serviceSlug"
    FROM secret_group g JOIN environment e ON e.id = g.environment_id JOIN project p ON p.id = e.project_id
    WHERE g.id = ${id} AND g.deleted_at IS NULL AND e.deleted_at IS NULL AND p.deleted_at IS NULL FOR NO KEY UPDATE OF g`;
  return rows[0] ?? null;
}

export async function readSecretGroups(tx: Tx, environmentId: string): Promise<SecretGroupRow[]> {
  return tx.$queryRaw<SecretGroupRow[]>`
    SELECT g.id, g.environment_id AS "environmentId", g.slug, g.created_at AS "createdAt",
      (SELECT count(*)::int FROM secret WHERE group_id = g.id AND deleted_at IS NULL) AS secrets,
      ARRAY(SELECT slug FROM service WHERE environment_id = g.environment_id AND deleted_at IS NULL AND g.slug = ANY(secret_groups) ORDER BY slug) AS "attachedTo"
    FROM secret_group g WHERE g.environment_id = ${environmentId} AND g.deleted_at IS NULL ORDER BY g.slug`;
}

/** Takes the group and all that is in it away. Versions that releases hold stay until those cannot be gone back to. */
export async function removeSecretGroup(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`UPDATE secret SET deleted_at = now(), updated_at = now() WHERE group_id = ${id} AND deleted_at IS NULL`;
  await tx.$executeRaw`UPDATE secret_group SET deleted_at = now() WHERE id = ${id}`;
}

/** By name; removed ones too, since their versions are used up. */
export async function readSecrets(tx: Tx, groupIds: readonly string[]): Promise<StandingSecret[]> {
  if (groupIds.length === 0) return [];
  return tx.$queryRaw<StandingSecret[]>`
    SELECT secret.id, secret.group_id AS "groupId", secret.name, secret.version, secret.value_id AS "valueId",
      COALESCE(sealed.fingerprint, '') AS fingerprint, secret.deleted_at IS NOT NULL AS removed,
      secret.created_at AS "createdAt", secret.updated_at AS "updatedAt", sealed.created_by AS "updatedBy"
    FROM secret LEFT JOIN sealed_value sealed ON sealed.id = secret.value_id
    WHERE secret.group_id = ANY(${[...groupIds]}) ORDER BY secret.name COLLATE "C"`;
}

/** Points the name at another version; a removed name stands again. Call it under the group's lock. */
export async function putSecret(
  tx: Tx,
  groupId: string,
  name: string,
  version: number,
  valueId: string,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO secret (id, group_id, name, value_id, version) VALUES (${newId('sec')}, ${groupId}, ${name}, ${valueId}, ${version})
    ON CONFLICT (group_id, name) DO UPDATE SET value_id = EXCLUDED.value_id, version = EXCLUDED.version, updated_at = now(), deleted_at = NULL`;
}

export async function removeSecret(tx: Tx, groupId: string, name: string): Promise<void> {
  await tx.$executeRaw`UPDATE secret SET deleted_at = now(), updated_at = now() WHERE group_id = ${groupId} AND name = ${name} AND deleted_at IS NULL`;
}

/** The standing groups of an environment with these slugs, each with its id. */
export async function findSecretGroups(
  tx: Tx,
  environmentId: string,
  slugs: readonly string[],
): Promise<{ id: string; slug: string }[]> {
  if (slugs.length === 0) return [];
  return tx.secretGroup.findMany({
    where: { environmentId, slug: { in: [...slugs] }, deletedAt: null },
    select: { id: true, slug: true },
  });
}

/** Sets the groups that people attached to a service; raises its version. Call it under the service's lock. */
export async function setAttachedSecretGroups(tx: Tx, serviceId: string, slugs: readonly string[]): Promise<void> {
  await tx.$executeRaw`UPDATE service SET secret_groups = ${[...slugs]}, version = version + 1 WHERE id = ${serviceId}`;
}
