import type { Caller } from '../access/caller.ts';
import { Rejection } from '../rejection.ts';

/** The person behind a session, with what their ways to sign in are about. */
export type Owner = NonNullable<Caller['user']>;

/**
 * Ways to sign in are changed by a person in a browser who proved who they are, never by a token or what a token began: one that leaks for a day must not
 * become a password that works for ever. Throws `Rejection` forbidden.
 */
export function ownerOf(caller: Caller): Owner {
  if (caller.kind === 'session' && caller.user !== null && caller.beganWith !== 'token' && caller.beganWith !== null)
    return caller.user;
  throw new Rejection('forbidden', 'Tokens, and sessions that began with one, cannot change an account', {
    hint: 'Sign in to the dashboard with a link, a password or a passkey. `npm run link` prints a link on the machine itself.',
  });
}

/** Whether the caller may do so; for pages, which offer nothing that would be refused. */
export function ownsAccount(caller: Caller): boolean {
  try {
    ownerOf(caller);
    return true;
  } catch {
    return false;
  }
}

const freshMs = 3_600_000;

/** A link is how a person gets in who forgot their password: for an hour after it, the old one is not asked for. */
export function isRecovering(caller: Caller, nowMs: number): boolean {
  return caller.beganWith === 'link' && nowMs - caller.createdAt.getTime() < freshMs;
}
