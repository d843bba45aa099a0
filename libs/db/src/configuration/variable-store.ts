import { newId } from '@sconce/foundation';
import type { Tx } from '../database.ts';
import type { SealedValueRef } from './sealed-value-store.ts';

/** Owner of variables: a service, or (serviceId null) its whole environment. */
export interface VariableOwner {
  readonly environmentId: string;
  readonly serviceId: string | null;
}

export interface OwnerPlace {
  readonly projectId: string;
  readonly projectSlug: string;
  readonly environmentSlug: string;
  readonly serviceSlug: string | null;
}

export interface StandingVariable extends SealedValueRef {
  readonly id: string;
  readonly removed: boolean;
  readonly updatedAt: Date;
  readonly updatedBy: string | null;
}

/** Locks the owner's row until the transaction ends, so that versions are given out one after the other; null when it is gone. */
export async function lockVariableOwner(tx: Tx, owner: VariableOwner): Promise<OwnerPlace | null> {
  const rows =
    owner.serviceId === null
      ? await tx.$queryRaw<OwnerPlace[]>`
          SELECT p.id AS "projectId", p.slug AS "projectSlug", e.slug AS "environmentSlug", NULL AS "serviceSlug"
          FROM environment e JOIN project p ON p.id = e.project_id
          WHERE e.id = ${owner.environmentId} AND e.deleted_at IS NULL AND p.deleted_at IS NULL FOR NO KEY UPDATE OF e`
      : await tx.$queryRaw<OwnerPlace[]>`
          SELECT p.id AS "projectId", p.slug AS "projectSlug", e.slug AS "environmentSlug", s.slug AS "serviceSlug"
          FROM service s JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
          WHERE s.id = ${owner.serviceId} AND e.id = ${owner.environmentId}
            AND s.deleted_at IS NULL AND e.deleted_at IS NULL AND p.deleted_at IS NULL FOR NO KEY UPDATE OF s`;
  return rows[0] ?? null;
}

/** Both layers of a service's variables, each by name, removed ones too. */
export async function readVariableLayers(
  tx: Tx,
  environmentId: string,
  serviceId: string,
): Promise<{ readonly environment: StandingVariable[]; readonly service: StandingVariable[] }> {
  const rows = await tx.$queryRaw<(StandingVariable & { own: boolean })[]>`
    SELECT variable.id, variable.name, variable.version, variable.value_id AS "valueId", COALESCE(sealed.fingerprint, '') AS fingerprint,
      variable.deleted_at IS NOT NULL AS removed, variable.updated_at AS "updatedAt", sealed.created_by AS "updatedBy",
      variable.service_id IS NOT NULL AS own
    FROM variable LEFT JOIN sealed_value sealed ON sealed.id = variable.value_id
    WHERE environment_id = ${environmentId} AND (service_id IS NULL OR service_id = ${serviceId})
    ORDER BY variable.name COLLATE "C"`;
  return { environment: rows.filter(({ own }) => !own), service: rows.filter(({ own }) => own) };
}

/** By name; removed ones too, since their versions are used up. */
export async function readVariables(tx: Tx, owner: VariableOwner): Promise<StandingVariable[]> {
  return tx.$queryRaw<StandingVariable[]>`
    SELECT variable.id, variable.name, variable.version, variable.value_id AS "valueId", COALESCE(sealed.fingerprint, '') AS fingerprint,
      variable.deleted_at IS NOT NULL AS removed, variable.updated_at AS "updatedAt", sealed.created_by AS "updatedBy"
    FROM variable LEFT JOIN sealed_value sealed ON sealed.id = variable.value_id
    WHERE environment_id = ${owner.environmentId} AND service_id IS NOT DISTINCT FROM ${owner.serviceId}
    ORDER BY variable.name COLLATE "C"`;
}

/** Points the name at another version; a removed name stands again. Call it under the owner's lock. */
export async function putVariable(
  tx: Tx,
  owner: VariableOwner,
  name: string,
  version: number,
  valueId: string,
): Promise<void> {
  const changed = await tx.$executeRaw`
    UPDATE variable SET value_id = ${valueId}, version = ${version}, updated_at = now(), deleted_at = NULL
    WHERE environment_id = ${owner.environmentId} AND service_id IS NOT DISTINCT FROM ${owner.serviceId} AND name = ${name}`;
  if (changed > 0) return;
  await tx.$executeRaw`
    INSERT INTO variable (id, environment_id, service_id, name, value_id, version)
    VALUES (${newId('var')}, ${owner.environmentId}, ${owner.serviceId}, ${name}, ${valueId}, ${version})`;
}

export async function removeVariable(tx: Tx, owner: VariableOwner, name: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE variable SET deleted_at = now(), updated_at = now()
    WHERE environment_id = ${owner.environmentId} AND service_id IS NOT DISTINCT FROM ${owner.serviceId} AND name = ${name} AND deleted_at IS NULL`;
}

/** `env` of `sconce.yaml` at the commit last deployed. */
export async function readFileEnv(tx: Tx, serviceId: string): Promise<Readonly<Record<string, string>>> {
  const rows = await tx.$queryRaw<{ env: Record<string, string> | null }[]>`
    SELECT file_settings -> 'env' AS env FROM service WHERE id = ${serviceId}`;
  return rows[0]?.env ?? {};
}
