import { checkPassword } from '@sconce/core';
import { appendEvent, countPasskeys, findPassword, putPassword, removePassword } from '@sconce/db';
import type { Caller } from '../access/caller.ts';
import { endAllSessionsIn } from '../access/manage-sessions.ts';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { admitAttempt, attemptSucceeded, attemptTakenBack } from './admit-attempt.ts';
import { isRecovering, ownerOf } from './own-account.ts';
import { HashingBusy, hashPassword, isPassword } from './password-hash.ts';

export type PasswordReady =
  | { readonly kind: 'ready'; readonly hash: string }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'busy' };

interface NewPassword {
  readonly caller: Caller;
  readonly password: string;
  readonly current: string | null;
  readonly address: string | null;
}

/**
 * Looks at a password that somebody wants to have, and at the old one where there is one, and answers what to store. It counts failures and takes a moment, so
 * it runs outside of the caller's transaction. Throws `Rejection` invalid, forbidden.
 */
export async function preparePassword(deps: Deps, input: NewPassword): Promise<PasswordReady> {
  const owner = ownerOf(input.caller);
  const mistake = checkPassword(input.password, [owner.email, owner.name]);
  if (mistake) throw invalid('password', mistake.code, mistake.message);
  try {
    const waitMs = await checkCurrent(deps, input, owner);
    return waitMs > 0 ? { kind: 'wait', waitMs } : { kind: 'ready', hash: await hashPassword(input.password) };
  } catch (error) {
    if (error instanceof HashingBusy) return { kind: 'busy' };
    throw error;
  }
}

async function checkCurrent(deps: Deps, input: NewPassword, owner: { id: string; email: string }): Promise<number> {
  const { caller, current, address } = input;
  const stored = await findPassword(deps.db.tx, owner.id);
  if (!stored || isRecovering(caller, deps.clock.now())) return 0;
  if (current === null) throw invalid('current', 'required', 'Your present password is needed too');
  const trying = { email: owner.email, address };
  const waitMs = await admitAttempt(deps, trying);
  if (waitMs > 0) return waitMs;
  const fits = await isPassword(current, stored.hash).catch(async (error: unknown) => {
    await attemptTakenBack(deps, trying);
    throw error;
  });
  if (!fits) throw invalid('current', 'not_accepted', 'This is not your present password');
  await attemptSucceeded(deps, trying);
  return 0;
}

/** Sets it, and ends all other sessions of the person: who knew the old one is out. Answers which. */
export async function setPassword(
  deps: Deps,
  input: { readonly caller: Caller; readonly hash: string },
): Promise<{ changedAt: Date; ended: string[] }> {
  const { caller, hash } = input;
  const { id: userId } = ownerOf(caller);
  const changedAt = new Date(deps.clock.now());
  return deps.db.transaction(async (tx) => {
    const before = await findPassword(tx, userId);
    await putPassword(tx, { userId, hash, changedAt });
    const type = before ? 'password.changed' : 'password.set';
    await appendEvent(tx, { type, projectId: null, subjectId: userId, actor: caller.actor });
    const ended = before
      ? await endAllSessionsIn(tx, { userId, except: caller.tokenId, actor: caller.actor }, changedAt)
      : [];
    return { changedAt, ended };
  });
}

/** Only while a passkey is left to sign in with. Throws `Rejection` not_found, conflict, forbidden. */
export async function deletePassword(deps: Deps, input: { readonly caller: Caller }): Promise<{ id: string }> {
  const { id: userId } = ownerOf(input.caller);
  return deps.db.transaction(async (tx) => {
    if ((await countPasskeys(tx, userId)) === 0)
      throw new Rejection('conflict', 'Without it nothing would be left to sign in with', {
        hint: 'Add a passkey first.',
      });
    if (!(await removePassword(tx, userId))) throw new Rejection('not_found', 'There is no password to remove');
    await appendEvent(tx, {
      type: 'password.removed',
      projectId: null,
      subjectId: userId,
      actor: input.caller.actor,
    });
    return { id: userId };
  });
}

function invalid(path: string, code: string, message: string): Rejection {
  return new Rejection('invalid', message, { errors: [{ path, code, message }] });
}
