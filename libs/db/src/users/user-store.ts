import { newId } from '@sconce/foundation';
import type { Tx } from '../database.ts';
import { byId, type Listing, releasedName } from '../read-models/listing.ts';

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly createdAt: Date;
}

const shown = { id: true, email: true, name: true, isAdmin: true, createdAt: true } as const;

/** Null when the address is taken. */
export async function insertUser(
  tx: Tx,
  user: { readonly email: string; readonly name: string; readonly isAdmin: boolean },
): Promise<UserRow | null> {
  const [row] = await tx.user.createManyAndReturn({
    data: [{ id: newId('usr'), ...user }],
    skipDuplicates: true,
    select: shown,
  });
  return row ?? null;
}

export async function findUser(tx: Tx, id: string): Promise<UserRow | null> {
  return tx.user.findFirst({ where: { id, deletedAt: null }, select: shown });
}

export async function findUserByEmail(tx: Tx, email: string): Promise<UserRow | null> {
  return tx.user.findFirst({ where: { email, deletedAt: null }, select: shown });
}

export async function listUsers(tx: Tx, listing: Listing): Promise<UserRow[]> {
  const { take, orderBy, after } = byId(listing);
  return tx.user.findMany({ where: { deletedAt: null, ...after }, take, orderBy, select: shown });
}

/** Administrators that are left, their rows locked, so that two removals at once cannot take away the last two. */
export async function lockAdmins(tx: Tx): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM app_user WHERE is_admin AND deleted_at IS NULL ORDER BY id FOR UPDATE`;
  return rows.map((row) => row.id);
}

export async function removeUser(tx: Tx, user: UserRow): Promise<void> {
  const data = { deletedAt: new Date(), email: releasedName(user.email, user.id) };
  await tx.user.update({ where: { id: user.id }, data });
  await tx.member.deleteMany({ where: { userId: user.id } });
  await tx.password.deleteMany({ where: { userId: user.id } });
  await tx.passkey.deleteMany({ where: { userId: user.id } });
}

export async function renameUser(tx: Tx, id: string, name: string): Promise<void> {
  await tx.user.updateMany({ where: { id }, data: { name } });
}

/** False when they had signed in before. */
export async function markFirstSignIn(tx: Tx, id: string, at: Date): Promise<boolean> {
  const { count } = await tx.user.updateMany({ where: { id, firstSignedInAt: null }, data: { firstSignedInAt: at } });
  return count > 0;
}

/** Whether one of their passkeys is asked for after a password. */
export async function asksPasskey(tx: Tx, id: string): Promise<boolean> {
  const user = await tx.user.findUnique({ where: { id }, select: { asksPasskey: true } });
  return user?.asksPasskey ?? false;
}

export async function setAsksPasskey(tx: Tx, id: string, asksPasskey: boolean): Promise<void> {
  await tx.user.updateMany({ where: { id }, data: { asksPasskey } });
}
