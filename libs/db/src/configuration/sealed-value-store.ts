import type { Tx } from '../database.ts';

/** One version of a value as it is kept: nothing in it can be read without the keys. */
export interface SealedValueRow {
  readonly id: string;
  readonly kind: SealedKind;
  readonly owner: string;
  readonly name: string;
  readonly version: number;
  readonly keyId: string;
  readonly bytes: Uint8Array;
  readonly fingerprint: string;
}

export type SealedKind = 'variable' | 'secret';

/** All but the bytes: what a release is frozen from. */
export interface SealedValueRef {
  readonly name: string;
  readonly version: number;
  readonly valueId: string;
  readonly fingerprint: string;
}

export async function insertSealedValue(tx: Tx, row: SealedValueRow, createdBy: string | null): Promise<void> {
  await tx.sealedValue.create({ data: { ...row, bytes: Uint8Array.from(row.bytes), createdBy } });
}

/** Those that are there; an id that was removed is simply not among them. */
export async function readSealedValues(tx: Tx, ids: readonly string[]): Promise<SealedValueRow[]> {
  const rows = await tx.sealedValue.findMany({ where: { id: { in: [...ids] } } });
  return rows.map(toRow);
}

/** The newest version under each name of an owner that only appends (a service's file). */
export async function newestSealedValues(
  tx: Tx,
  kind: SealedKind,
  owner: string,
  names: readonly string[],
): Promise<SealedValueRef[]> {
  if (names.length === 0) return [];
  return tx.$queryRaw<SealedValueRef[]>`
    SELECT DISTINCT ON (name) name, version, id AS "valueId", fingerprint FROM sealed_value
    WHERE kind = ${kind} AND owner = ${owner} AND name = ANY(${[...names]})
    ORDER BY name, version DESC`;
}

/** A page of values that an older key sealed, by id, for sealing them again. */
export async function readValuesOfOtherKeys(
  tx: Tx,
  kind: SealedKind,
  keyId: string,
  after: string,
  limit: number,
): Promise<SealedValueRow[]> {
  const rows = await tx.sealedValue.findMany({
    where: { kind, keyId: { not: keyId }, id: { gt: after } },
    orderBy: { id: 'asc' },
    take: limit,
  });
  return rows.map(toRow);
}

/** Puts the same value under another key. False when the row went, or another hand did it first. */
export async function replaceSealing(
  tx: Tx,
  id: string,
  from: string,
  sealed: { readonly keyId: string; readonly bytes: Uint8Array },
): Promise<boolean> {
  const changed = await tx.sealedValue.updateMany({
    where: { id, keyId: from },
    data: { keyId: sealed.keyId, bytes: Uint8Array.from(sealed.bytes) },
  });
  return changed.count === 1;
}

/**
 * Removes versions that nothing can need again: not what stands, not the newest of a file, and of no release that still has its image
 * to go back to. Nothing younger than `graceMs` goes, nor what was taken away in that time: a release that is being made may hold it.
 */
export async function removeUnneededSealedValues(tx: Tx, graceMs: number): Promise<number> {
  return tx.$executeRaw`
    WITH needed AS (
      SELECT DISTINCT frozen.value ->> 'sealed' AS id
      FROM release
      LEFT JOIN image ON image.digest = release.image_digest
      LEFT JOIN service ON service.id = release.service_id
      CROSS JOIN LATERAL jsonb_array_elements((release.spec -> 'variables') || (release.spec -> 'secrets')) AS frozen
      WHERE service.deleted_at IS NULL AND (image.removed_at IS NULL OR release.id IN (service.live_release_id, service.desired_release_id))
    ), horizon AS (SELECT now() - ${graceMs} * interval '1 millisecond' AS at)
    DELETE FROM sealed_value v USING horizon
    WHERE v.created_at < horizon.at
      AND v.id NOT IN (SELECT id FROM needed WHERE id IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM variable WHERE value_id = v.id AND deleted_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM secret WHERE value_id = v.id AND deleted_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM added_cluster WHERE v.id IN (access_value_id, registry_value_id))
      AND NOT EXISTS (SELECT 1 FROM variable WHERE COALESCE(service_id, environment_id) = v.owner AND name = v.name AND updated_at >= horizon.at)
      AND NOT EXISTS (SELECT 1 FROM secret WHERE group_id = v.owner AND name = v.name AND updated_at >= horizon.at)
      AND NOT (v.owner LIKE '%/file' AND v.version = (
        SELECT max(version) FROM sealed_value WHERE kind = v.kind AND owner = v.owner AND name = v.name))`;
}

function toRow(row: {
  id: string;
  kind: string;
  owner: string;
  name: string;
  version: number;
  keyId: string;
  bytes: Uint8Array;
  fingerprint: string;
}): SealedValueRow {
  const { id, owner, name, version, keyId, bytes, fingerprint } = row;
  return { id, kind: row.kind as SealedKind, owner, name, version, keyId, bytes, fingerprint };
}

/** Bytes that these versions take as stored, a little more than the values themselves. */
export async function sizeOfSealedValues(tx: Tx, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const rows = await tx.$queryRaw<{ bytes: number }[]>`
    SELECT COALESCE(sum(octet_length(bytes)), 0)::int AS bytes FROM sealed_value WHERE id = ANY(${[...ids]})`;
  return rows[0]?.bytes ?? 0;
}
