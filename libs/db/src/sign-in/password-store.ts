import type { Tx } from '../database.ts';

export interface PasswordRow {
  readonly userId: string;
  /** argon2id in PHC form */
  readonly hash: string;
  readonly changedAt: Date;
}

export async function findPassword(tx: Tx, userId: string): Promise<PasswordRow | null> {
  return tx.password.findUnique({ where: { userId } });
}

export async function putPassword(tx: Tx, password: PasswordRow): Promise<void> {
  const { userId, hash, changedAt } = password;
  await tx.password.upsert({ where: { userId }, create: password, update: { hash, changedAt } });
}

/** Another hash of the same password. Nothing where it was changed meanwhile. */
export async function replacePasswordHash(tx: Tx, userId: string, from: string, to: string): Promise<void> {
  await tx.password.updateMany({ where: { userId, hash: from }, data: { hash: to } });
}

/** False when there was none. */
export async function removePassword(tx: Tx, userId: string): Promise<boolean> {
  const { count } = await tx.password.deleteMany({ where: { userId } });
  return count > 0;
}
