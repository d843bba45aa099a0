import type { Tx } from '../database.ts';

export interface AttemptRow {
  readonly key: string;
  readonly failures: number;
  readonly lastAt: Date;
}

/**
 * What is known of each key, in the keys' own order, locked to the end of the transaction: of many tries at once each sees those before it. A key that is new
 * is written with no failures first, so that there is something to lock.
 */
export async function lockAttempts(tx: Tx, keys: readonly string[], now: Date): Promise<AttemptRow[]> {
  const sorted = [...keys].sort();
  await tx.$executeRaw`
    INSERT INTO sign_in_attempt (key, failures, last_at) SELECT key, 0, ${now} FROM unnest(${sorted}::text[]) AS given (key)
    ON CONFLICT (key) DO NOTHING`;
  return tx.$queryRaw<AttemptRow[]>`
    SELECT key, failures, last_at AS "lastAt" FROM sign_in_attempt WHERE key = ANY(${sorted}) ORDER BY key FOR UPDATE`;
}

export async function writeAttempt(tx: Tx, attempt: AttemptRow): Promise<void> {
  const { key, ...data } = attempt;
  await tx.signInAttempt.updateMany({ where: { key }, data });
}

/** It succeeded: the account has no failures any more. */
export async function forgetAttempts(tx: Tx, key: string): Promise<void> {
  await tx.signInAttempt.deleteMany({ where: { key } });
}

/** It succeeded: this one was none of the address's failures. */
export async function takeBackAttempt(tx: Tx, key: string): Promise<void> {
  await tx.$executeRaw`UPDATE sign_in_attempt SET failures = GREATEST(failures - 1, 0) WHERE key = ${key}`;
}

export async function removeOldAttempts(tx: Tx, before: Date): Promise<number> {
  const { count } = await tx.signInAttempt.deleteMany({ where: { lastAt: { lt: before } } });
  return count;
}
