import type { Tx } from './database.ts';

export interface OutboxLine {
  readonly id: bigint;
  readonly message: string;
  readonly payload: unknown;
  readonly key: string;
}

/** Call it in the transaction of the fact that the message is about. */
export async function addToOutbox(tx: Tx, message: string, payload: object, key: string): Promise<void> {
  await tx.$queryRaw`
    WITH added AS (INSERT INTO outbox (message, payload, key) VALUES (${message}, ${JSON.stringify(payload)}::jsonb, ${key}) RETURNING 1)
    SELECT pg_notify('sconce_outbox', '')::text FROM added`;
}

/**
 * Hands the oldest lines to `send` and removes them when it resolves; a throw keeps them. Lines another relay holds are skipped.
 * A crash in between sends a line twice: its key makes the second one nothing. Answers how many were sent.
 */
export async function relayOutbox(
  transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
  limit: number,
  send: (lines: readonly OutboxLine[]) => Promise<void>,
): Promise<number> {
  return transaction(async (tx) => {
    const lines = await tx.$queryRaw<
      OutboxLine[]
    >`SELECT id, message, payload, key FROM outbox ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
    if (lines.length === 0) return 0;
    await send(lines);
    await tx.$executeRaw`DELETE FROM outbox WHERE id = ANY(${lines.map((line) => line.id)})`;
    return lines.length;
  });
}
