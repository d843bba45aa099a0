import { appendEvent, insertToken, insertUser, lockAdmins } from '@sconce/db';
import type { Deps } from '../deps.ts';
import { createSetupCode } from './sessions.ts';
import { hashToken, makeTokenText } from './token-text.ts';

/**
 * What `up` needs to go on: the code of a link that lets the first administrator in, and a personal token for scripts. The administrator
 * is made when there is none; later calls make a new link and a new token for the same person. Two at once make one person.
 */
export async function bootstrapAdmin(
  deps: Deps,
  input: { readonly email: string; readonly name: string },
): Promise<{ setupCode: string; token: string }> {
  return deps.db.transaction(async (tx) => {
    // The lock is held to the end of the transaction: of two first runs the second finds the first one's person.
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(7351001)::text`;
    const [admin] = await lockAdmins(tx);
    const userId = admin ?? (await insertUser(tx, { ...input, isAdmin: true }))?.id;
    if (!userId) throw new Error(`There is no administrator, and ${input.email} is taken by somebody who is none`);
    const token = makeTokenText('personal');
    await insertToken(tx, {
      kind: 'personal',
      name: 'sconce up',
      hash: hashToken(token),
      scopes: ['instance'],
      userId,
      projectId: null,
      environmentId: null,
      expiresAt: null,
    });
    return { setupCode: await createSetupCode(deps, tx, userId), token };
  });
}

/** Another link for the first administrator, for whoever closed the terminal on the first one. Null when there is nobody yet. */
export async function makeAdminLink(deps: Deps): Promise<string | null> {
  return deps.db.transaction(async (tx) => {
    const [admin] = await lockAdmins(tx);
    if (!admin) return null;
    await appendEvent(tx, { type: 'sign_in_link.made', projectId: null, subjectId: admin, actor: null });
    return createSetupCode(deps, tx, admin);
  });
}
