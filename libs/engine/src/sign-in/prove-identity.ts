import {
  appendEvent,
  asksPasskey,
  findPasskeyKey,
  findPassword,
  findUserByEmail,
  notePasskeyUse,
  replacePasswordHash,
} from '@sconce/db';
import type { PasskeyUse } from '@sconce/ports';
import { admitAttempt, attemptSucceeded, attemptTakenBack } from './admit-attempt.ts';
import { type PasskeyDeps, placeOf, redeemChallenge } from './passkey-challenges.ts';
import { HashingBusy, hashPassword, isOutdatedHash, isPassword } from './password-hash.ts';

/** An answer as the browser gave it; `userHandle` is whose passkey the authenticator thinks it is. */
export interface PasskeyAnswer extends PasskeyUse {
  readonly userHandle: string | null;
}

export type Proof =
  | { readonly kind: 'proved'; readonly userId: string; readonly with: 'password' | 'passkey' | 'password_and_passkey' }
  /** Whose it would have been, for the audit log alone: the caller learns nothing of it. */
  | { readonly kind: 'refused'; readonly userId: string | null }
  /** The password is right, and this person wants their passkey asked for too. */
  | { readonly kind: 'passkey_needed'; readonly userId: string }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'busy' };

interface PasswordTry {
  readonly email: string;
  readonly password: string;
  readonly passkey: PasskeyAnswer | null;
  readonly address: string | null;
}

/**
 * Whether the password is that of the person with this address, and their passkey where it was asked for. What it finds out, it finds out in the same time for
 * everybody. Tries and challenges are used up at once, so it runs outside of the caller's transaction.
 */
export async function provePassword(deps: PasskeyDeps, input: PasswordTry): Promise<Proof> {
  const email = input.email.trim().toLowerCase();
  const trying = { email, address: input.address };
  const waitMs = await admitAttempt(deps, trying);
  if (waitMs > 0) return { kind: 'wait', waitMs };
  const user = await findUserByEmail(deps.db.tx, email);
  const stored = await findPassword(deps.db.tx, user?.id ?? 'nobody');
  const fits = await isPassword(input.password, stored?.hash ?? null).catch(busyOr);
  if (fits === 'busy') {
    await attemptTakenBack(deps, trying);
    return { kind: 'busy' };
  }
  if (!fits || !user || !stored) return { kind: 'refused', userId: user?.id ?? null };
  if (isOutdatedHash(stored.hash)) await rehash(deps, user.id, input.password, stored.hash);
  const proved = await withPasskey(deps, user.id, input.passkey);
  if (proved.kind !== 'refused') await attemptSucceeded(deps, trying);
  return proved;
}

async function withPasskey(deps: PasskeyDeps, userId: string, passkey: PasskeyAnswer | null): Promise<Proof> {
  if (passkey === null)
    return (await asksPasskey(deps.db.tx, userId))
      ? { kind: 'passkey_needed', userId }
      : { kind: 'proved', userId, with: 'password' };
  const owner = await ownerOf(deps, passkey);
  return owner.passed && owner.userId === userId
    ? { kind: 'proved', userId, with: 'password_and_passkey' }
    : { kind: 'refused', userId };
}

/** Whose passkey it is, when it is one: the person has to be named by nobody. */
export async function provePasskey(
  deps: PasskeyDeps,
  input: { readonly passkey: PasskeyAnswer; readonly address: string | null },
): Promise<Proof> {
  const trying = { email: null, address: input.address };
  const waitMs = await admitAttempt(deps, trying);
  if (waitMs > 0) return { kind: 'wait', waitMs };
  const { passed, userId } = await ownerOf(deps, input.passkey);
  if (!passed || userId === null) return { kind: 'refused', userId };
  await attemptSucceeded(deps, trying);
  return { kind: 'proved', userId, with: 'passkey' };
}

async function ownerOf(
  deps: PasskeyDeps,
  answer: PasskeyAnswer,
): Promise<{ readonly passed: boolean; readonly userId: string | null }> {
  const place = placeOf(deps);
  const asked = await redeemChallenge(deps, 'sign_in', answer.clientDataJSON);
  const key = await findPasskeyKey(deps.db.tx, Buffer.from(answer.id, 'base64url'));
  if (!asked || !key) return { passed: false, userId: key?.userId ?? null };
  const { userId } = key;
  if (answer.userHandle !== null && Buffer.from(answer.userHandle, 'base64url').toString('utf8') !== userId)
    return { passed: false, userId };
  const { challenge } = asked;
  const use = await deps.passkeyVerifier.verifyUse(answer, { ...place, challenge, publicKey: key.publicKey });
  if (!use) return { passed: false, userId };
  const noted = await notePasskeyUse(deps.db.tx, key.id, { ...use, at: new Date(deps.clock.now()) });
  if (!noted) await tellOfCopy(deps, key.id, userId);
  return { passed: noted, userId };
}

/** A signature counter that went back: the passkey was copied, or an old answer came again. Its owner has to know. */
async function tellOfCopy(deps: PasskeyDeps, passkeyId: string, userId: string): Promise<void> {
  deps.log.warn({ passkey: passkeyId, user: userId }, 'a passkey counts backwards; it may have been copied');
  const data = { reason: 'counter_went_back' };
  await appendEvent(deps.db.tx, {
    type: 'passkey.refused',
    projectId: null,
    subjectId: passkeyId,
    data,
    actor: userId,
  });
}

async function rehash(deps: PasskeyDeps, userId: string, password: string, from: string): Promise<void> {
  const to = await hashPassword(password).catch(busyOr);
  if (to !== 'busy') await replacePasswordHash(deps.db.tx, userId, from, to);
}

function busyOr(error: unknown): 'busy' {
  if (error instanceof HashingBusy) return 'busy';
  throw error;
}
