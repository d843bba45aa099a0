import type { Tx } from './database.ts';

/**
 * Takes or renews a lease; null while another holder has it. The epoch rises with every change of holder: what a holder writes under an
 * older epoch is refused by those who check it.
 */
export async function holdLease(tx: Tx, name: string, holder: string, leaseMs: number): Promise<bigint | null> {
  const rows = await tx.$queryRaw<{ epoch: bigint }[]>`
    INSERT INTO lease (name, holder, epoch, expires_at) VALUES (${name}, ${holder}, 1, now() + ${leaseMs} * interval '1 millisecond')
    ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at,
      epoch = CASE WHEN lease.holder = EXCLUDED.holder THEN lease.epoch ELSE lease.epoch + 1 END
    WHERE lease.holder = EXCLUDED.holder OR lease.expires_at < now()
    RETURNING epoch`;
  return rows[0]?.epoch ?? null;
}

export async function releaseLease(tx: Tx, name: string, holder: string): Promise<void> {
  await tx.$executeRaw`UPDATE lease SET expires_at = now() WHERE name = ${name} AND holder = ${holder}`;
}
