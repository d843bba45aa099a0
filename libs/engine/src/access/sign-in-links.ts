import { appendEvent, findUser, findUserByEmail, renameUser, revokeSetupTokensOf, type UserRow } from '@sconce/db';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { ownerOf } from '../sign-in/own-account.ts';
import type { Caller } from './caller.ts';
import { createSetupLink } from './sessions.ts';

/**
 * A link for somebody who did not come yet, or cannot get in any more. It takes the place of those made before: of several that lie about in
 * mailboxes only the last one works. Throws `Rejection` not_found.
 */
export async function makeSignInLink(
  deps: Deps,
  input: { readonly userId: string; readonly actor: Actor },
): Promise<{ readonly code: string; readonly expiresAt: Date }> {
  const { userId, actor } = input;
  return deps.db.transaction(async (tx) => {
    if (!(await findUser(tx, userId))) throw new Rejection('not_found', 'There is no such person');
    await revokeSetupTokensOf(tx, userId, new Date(deps.clock.now()));
    const link = await createSetupLink(deps, tx, userId);
    await appendEvent(tx, { type: 'sign_in_link.made', projectId: null, subjectId: userId, actor });
    return link;
  });
}

/** The same by address, for whoever works on the machine itself. Null: nobody has it. */
export async function makeSignInLinkFor(deps: Deps, email: string): Promise<string | null> {
  const user = await findUserByEmail(deps.db.tx, email.trim().toLowerCase());
  return user ? (await makeSignInLink(deps, { userId: user.id, actor: null })).code : null;
}

/** The name that others see. */
export async function renameSelf(
  deps: Deps,
  input: { readonly caller: Caller; readonly name: string },
): Promise<UserRow> {
  const { caller, name } = input;
  const { id } = ownerOf(caller);
  return deps.db.transaction(async (tx) => {
    await renameUser(tx, id, name);
    await appendEvent(tx, { type: 'user.renamed', projectId: null, subjectId: id, actor: caller.actor });
    const user = await findUser(tx, id);
    if (!user) throw new Rejection('not_found', 'You were removed meanwhile');
    return user;
  });
}
