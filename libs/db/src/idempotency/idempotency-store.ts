import type { Tx } from '../database.ts';

export interface StoredReply {
  readonly status: number;
  readonly reply: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

export type IdempotencyClaim =
  /** Yours: do the work, and store the reply in its transaction. `claim` proves that it is still yours. */
  | { readonly kind: 'claimed'; readonly claim: string }
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly stored: StoredReply }
  /** The key came with another request before. */
  | { readonly kind: 'other_request' };

/** Longer than any transaction may last: a claim as old as this belongs to a process that died before its effect. */
const claimSeconds = 45;

interface KeyRow {
  readonly requestHash: string;
  readonly status: number | null;
  readonly reply: unknown;
  readonly headers: Record<string, string> | null;
}

/** Of many at once one gets `claimed`; the others see it running, or its reply. */
export async function claimIdempotencyKey(
  tx: Tx,
  owner: string,
  key: string,
  requestHash: string,
): Promise<IdempotencyClaim> {
  const claimed = await tx.$queryRaw<{ claim: string }[]>`
    INSERT INTO idempotency_key (owner, key, request_hash) VALUES (${owner}, ${key}, ${requestHash})
    ON CONFLICT (owner, key) DO UPDATE SET request_hash = EXCLUDED.request_hash, status = NULL, reply = NULL, headers = NULL, created_at = now()
      WHERE idempotency_key.created_at < now() - interval '24 hours'
        OR (idempotency_key.status IS NULL AND idempotency_key.created_at < now() - ${claimSeconds} * interval '1 second'
          AND idempotency_key.request_hash = EXCLUDED.request_hash)
    RETURNING created_at::text AS claim`;
  if (claimed[0]) return { kind: 'claimed', claim: claimed[0].claim };
  const rows = await tx.$queryRaw<KeyRow[]>`
    SELECT request_hash AS "requestHash", status, reply, headers FROM idempotency_key WHERE owner = ${owner} AND key = ${key}`;
  const row = rows[0];
  // Gone in between: the first request failed and gave the key back.
  if (!row) return { kind: 'running' };
  if (row.requestHash !== requestHash) return { kind: 'other_request' };
  if (row.status === null) return { kind: 'running' };
  return { kind: 'done', stored: { status: row.status, reply: row.reply, headers: row.headers ?? {} } };
}

/** The reply that the same request got within a day; null: none. */
export async function findStoredReply(
  tx: Tx,
  owner: string,
  key: string,
  requestHash: string,
): Promise<StoredReply | null> {
  const rows = await tx.$queryRaw<StoredReply[]>`
    SELECT status, reply, COALESCE(headers, '{}') AS headers FROM idempotency_key
    WHERE owner = ${owner} AND key = ${key} AND request_hash = ${requestHash} AND status IS NOT NULL
      AND created_at > now() - interval '24 hours'`;
  return rows[0] ?? null;
}

/** Call it in the transaction of the effect. False when the claim was lost: then nothing of the effect may stay. */
export async function storeReply(
  tx: Tx,
  owner: string,
  key: string,
  claim: string,
  stored: StoredReply,
): Promise<boolean> {
  const { status, reply, headers } = stored;
  const changed = await tx.$executeRaw`
    UPDATE idempotency_key SET status = ${status}, reply = ${JSON.stringify(reply ?? null)}::jsonb, headers = ${JSON.stringify(headers)}::jsonb
    WHERE owner = ${owner} AND key = ${key} AND created_at = ${claim}::timestamptz AND status IS NULL`;
  return changed > 0;
}

/** Nothing was done: the same request may be tried again. */
export async function releaseIdempotencyKey(tx: Tx, owner: string, key: string, claim: string): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM idempotency_key WHERE owner = ${owner} AND key = ${key} AND created_at = ${claim}::timestamptz AND status IS NULL`;
}

export async function removeOldIdempotencyKeys(tx: Tx): Promise<number> {
  return tx.$executeRaw`DELETE FROM idempotency_key WHERE created_at < now() - interval '24 hours'`;
}
