import type { Tx } from '../database.ts';

/**
 * Locks what is known of a gateway until the transaction ends, and answers the last sample of this life of it that is written down; 0 when there is
 * none.
 */
export async function lockMetricSource(tx: Tx, gateway: string, boot: string, at: Date): Promise<number> {
  const rows = await tx.$queryRaw<{ sequence: bigint }[]>`
    INSERT INTO metric_source AS s (gateway_id, boot, sequence, at) VALUES (${gateway}, ${boot}, 0, ${at})
    ON CONFLICT (gateway_id) DO UPDATE SET sequence = CASE WHEN s.boot = EXCLUDED.boot THEN s.sequence ELSE 0 END, boot = EXCLUDED.boot, at = EXCLUDED.at
    RETURNING sequence`;
  return Number(rows[0]?.sequence ?? 0);
}

export async function advanceMetricSource(tx: Tx, gateway: string, sequence: number): Promise<void> {
  await tx.$executeRaw`UPDATE metric_source SET sequence = ${BigInt(sequence)} WHERE gateway_id = ${gateway}`;
}

/** Forgets gateways that told nothing since. */
export async function forgetMetricSources(tx: Tx, before: Date): Promise<void> {
  await tx.$executeRaw`DELETE FROM metric_source WHERE at < ${before}`;
}
