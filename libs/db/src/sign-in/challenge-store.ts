import type { Tx } from '../database.ts';

export type ChallengePurpose = 'sign_in' | 'registration';

export interface ChallengeRow {
  /** SHA-256 of the challenge */
  readonly hash: Uint8Array;
  readonly purpose: ChallengePurpose;
  /** Of a registration: the session that asked. */
  readonly tokenId: string | null;
  readonly expiresAt: Date;
}

export async function insertChallenge(tx: Tx, challenge: ChallengeRow): Promise<void> {
  await tx.passkeyChallenge.create({ data: { ...challenge, hash: Buffer.from(challenge.hash) } });
}

/** Takes it out, so that of many answers one is looked at. Null when it is unknown, taken or too old. */
export async function takeChallenge(tx: Tx, hash: Uint8Array, now: Date): Promise<ChallengeRow | null> {
  const rows = await tx.$queryRaw<ChallengeRow[]>`
    DELETE FROM passkey_challenge WHERE hash = ${Buffer.from(hash)}
    RETURNING hash, purpose, token_id AS "tokenId", expires_at AS "expiresAt"`;
  const [row] = rows;
  return row && row.expiresAt > now ? row : null;
}

export async function removeOldChallenges(tx: Tx, before: Date): Promise<number> {
  const { count } = await tx.passkeyChallenge.deleteMany({ where: { expiresAt: { lt: before } } });
  return count;
}
