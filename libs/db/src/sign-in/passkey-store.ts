import { newId } from '@sconce/foundation';
import type { Tx } from '../database.ts';
import { byId, type Listing } from '../read-models/listing.ts';

export interface NewPasskeyRow {
  readonly userId: string;
  readonly name: string;
  readonly credentialId: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly synced: boolean;
  readonly transports: readonly string[];
}

/** What is shown of a passkey. */
export interface PasskeyRow {
  readonly id: string;
  readonly name: string;
  readonly synced: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** What checks one that was used. */
export interface PasskeyKey {
  readonly id: string;
  readonly userId: string;
  readonly publicKey: Uint8Array;
  readonly counter: bigint;
}

const shown = { id: true, name: true, synced: true, createdAt: true, lastUsedAt: true } as const;

/** Null when this passkey is registered already, by whomever. */
export async function insertPasskey(tx: Tx, passkey: NewPasskeyRow): Promise<PasskeyRow | null> {
  const [row] = await tx.passkey.createManyAndReturn({
    data: [
      {
        ...passkey,
        id: newId('psk'),
        credentialId: Buffer.from(passkey.credentialId),
        publicKey: Buffer.from(passkey.publicKey),
        transports: [...passkey.transports],
      },
    ],
    skipDuplicates: true,
    select: shown,
  });
  return row ?? null;
}

export async function listPasskeys(tx: Tx, userId: string, listing: Listing): Promise<PasskeyRow[]> {
  const { take, orderBy, after } = byId(listing);
  return tx.passkey.findMany({ where: { userId, ...after }, take, orderBy, select: shown });
}

export async function countPasskeys(tx: Tx, userId: string): Promise<number> {
  return tx.passkey.count({ where: { userId } });
}

/** For the browser, which does not make a second one on the same device. */
export async function listCredentials(tx: Tx, userId: string) {
  return tx.passkey.findMany({ where: { userId }, select: { credentialId: true, transports: true } });
}

/** One of this person's. */
export async function findPasskey(tx: Tx, userId: string, id: string): Promise<PasskeyRow | null> {
  return tx.passkey.findFirst({ where: { id, userId }, select: shown });
}

export async function findPasskeyKey(tx: Tx, credentialId: Uint8Array): Promise<PasskeyKey | null> {
  return tx.passkey.findFirst({
    where: { credentialId: Buffer.from(credentialId), user: { deletedAt: null } },
    select: { id: true, userId: true, publicKey: true, counter: true },
  });
}

/** Null when it is not this person's. */
export async function renamePasskey(tx: Tx, userId: string, id: string, name: string): Promise<PasskeyRow | null> {
  const [row] = await tx.passkey.updateManyAndReturn({ where: { id, userId }, data: { name }, select: shown });
  return row ?? null;
}

/** False when it is not this person's, or gone. */
export async function removePasskey(tx: Tx, userId: string, id: string): Promise<boolean> {
  const { count } = await tx.passkey.deleteMany({ where: { id, userId } });
  return count > 0;
}

/**
 * Notes a use, unless the counter did not move on from the last one: then two devices hold the same key, or an old answer came again. Counters that stay
 * at 0 count nothing. Of two uses at once with one counter, one is noted.
 */
export async function notePasskeyUse(
  tx: Tx,
  id: string,
  use: { readonly counter: number; readonly synced: boolean; readonly at: Date },
): Promise<boolean> {
  const counts = use.counter === 0 ? { counter: 0 } : { counter: { lt: use.counter } };
  const { count } = await tx.passkey.updateMany({
    where: { id, ...counts },
    data: { counter: use.counter, synced: use.synced, lastUsedAt: use.at },
  });
  return count > 0;
}
