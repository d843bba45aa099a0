import type { Tx } from './database.ts';

/** Kinds of reconcilers' work; `objectId` is the id they read everything from. */
export type WakeupKind = 'service' | 'routes' | 'environment';

export interface ClaimedWakeup {
  readonly kind: WakeupKind;
  readonly objectId: string;
  readonly version: bigint;
  readonly failures: number;
}

/** Due now (or at `at`, if that is sooner than what stands). Call it in the transaction that changes the object. */
export async function wake(tx: Tx, kind: WakeupKind, objectId: string, at: Date | null = null): Promise<void> {
  await tx.$queryRaw`
    WITH woken AS (
      INSERT INTO wakeup (kind, object_id, due_at) VALUES (${kind}, ${objectId}, COALESCE(${at}::timestamptz, now()))
      ON CONFLICT (kind, object_id) DO UPDATE SET due_at = LEAST(wakeup.due_at, EXCLUDED.due_at), version = wakeup.version + 1
      RETURNING kind)
    SELECT pg_notify('sconce_wakeup', ${`${kind} ${objectId}`})::text FROM woken`;
}

/** Leases up to `limit` due rows to `holder`; others skip them until the lease ends. */
export async function claimWakeups(
  tx: Tx,
  holder: string,
  kinds: readonly WakeupKind[],
  limit: number,
  leaseMs: number,
): Promise<ClaimedWakeup[]> {
  const rows = await tx.$queryRaw<{ kind: WakeupKind; object_id: string; version: bigint; failures: number }[]>`
    UPDATE wakeup SET leased_by = ${holder}, lease_until = now() + ${leaseMs} * interval '1 millisecond'
    WHERE (kind, object_id) IN (
      SELECT kind, object_id FROM wakeup
      WHERE kind = ANY(${[...kinds]}) AND due_at <= now() AND (lease_until IS NULL OR lease_until < now())
      ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING kind, object_id, version, failures`;
  return rows.map((row) => ({ kind: row.kind, objectId: row.object_id, version: row.version, failures: row.failures }));
}

/** Milliseconds until the next row is due (0 when one is), or null when none is planned. */
export async function nextWakeupMs(tx: Tx, kinds: readonly WakeupKind[]): Promise<number | null> {
  const rows = await tx.$queryRaw<{ ms: number | null }[]>`
    SELECT (EXTRACT(EPOCH FROM MIN(GREATEST(due_at, COALESCE(lease_until, due_at))) - now()) * 1000)::float8 AS ms
    FROM wakeup WHERE kind = ANY(${[...kinds]})`;
  const ms = rows[0]?.ms ?? null;
  return ms === null ? null : Math.max(0, Math.ceil(ms));
}

/**
 * Ends a lease. When nobody woke the object since the claim, it is due again after `nextMs` (null: the row goes); else it stays
 * due. Does nothing when the lease is no longer the holder's. `failed` counts up for the back-off, success clears it.
 */
export async function settleWakeup(
  tx: Tx,
  holder: string,
  claimed: ClaimedWakeup,
  nextMs: number | null,
  failed = false,
): Promise<void> {
  if (nextMs === null) {
    const gone = await tx.$executeRaw`
      DELETE FROM wakeup WHERE kind = ${claimed.kind} AND object_id = ${claimed.objectId} AND leased_by = ${holder} AND version = ${claimed.version}`;
    if (gone > 0) return;
  }
  await tx.$executeRaw`
    UPDATE wakeup SET leased_by = NULL, lease_until = NULL,
      failures = CASE WHEN ${failed} THEN failures + 1 ELSE 0 END,
      due_at = CASE WHEN version = ${claimed.version} THEN now() + ${nextMs ?? 0} * interval '1 millisecond' ELSE due_at END
    WHERE kind = ${claimed.kind} AND object_id = ${claimed.objectId} AND leased_by = ${holder}`;
}
