import type { Tx } from '../database.ts';

export interface RefHeadRow {
  readonly commit: string | null;
  readonly deliveryId: string;
  readonly position: bigint;
}

export async function readRefHead(tx: Tx, repositoryId: string, ref: string): Promise<RefHeadRow | null> {
  const rows = await tx.$queryRaw<RefHeadRow[]>`
    SELECT commit, delivery_id AS "deliveryId", position FROM ref_head WHERE repository_id = ${repositoryId} AND ref = ${ref}`;
  return rows[0] ?? null;
}

/**
 * Puts the ref's newest known head forward; locks the row, so that two deliveries of one ref come one after the other.
 * False: a newer position stands there; the caller was overtaken.
 */
export async function advanceRefHead(
  tx: Tx,
  head: { readonly repositoryId: string; readonly ref: string } & RefHeadRow,
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    INSERT INTO ref_head (repository_id, ref, commit, delivery_id, position)
    VALUES (${head.repositoryId}, ${head.ref}, ${head.commit}, ${head.deliveryId}, ${head.position})
    ON CONFLICT (repository_id, ref) DO UPDATE
      SET commit = EXCLUDED.commit, delivery_id = EXCLUDED.delivery_id, position = EXCLUDED.position, updated_at = now()
      WHERE ref_head.position < EXCLUDED.position`;
  return changed === 1;
}
