import { holds, scopeAt } from '@sconce/core';
import { appendEvent, endSessions, findToken, revokeToken as markRevoked, type TokenRow } from '@sconce/db';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import type { Caller } from './caller.ts';

/** A token the caller may see: an own one, or one of a project that it administers. Others look missing. */
export async function readToken(
  deps: Deps,
  input: { readonly caller: Caller; readonly id: string },
): Promise<TokenRow> {
  const { caller, id } = input;
  const token = await findToken(deps.db.tx, id);
  if (!token || token.kind === 'setup') throw new Rejection('not_found', 'There is no such token');
  const own =
    token.id === caller.tokenId || (token.userId !== null && token.userId === caller.user?.id && !isBound(caller));
  const place =
    token.project && token.userId === null
      ? { projectId: token.project.id, environmentId: token.environment?.id ?? null }
      : null;
  const administers = place !== null && holds(scopeAt(caller.rights, place), 'admin');
  if (!own && !administers) throw new Rejection('not_found', 'There is no such token');
  return token;
}

/** The next request with it is refused, and with each session that it began. Revoking twice is no mistake. */
export async function revokeToken(deps: Deps, input: { readonly caller: Caller; readonly id: string }): Promise<void> {
  const { caller } = input;
  await deps.db.transaction(async (tx) => {
    const token = await readToken({ ...deps, db: { ...deps.db, tx } }, input);
    const now = new Date(deps.clock.now());
    if (!(await markRevoked(tx, token.id, now))) return;
    if (token.user !== null) await endSessions(tx, { userId: token.user.id, beganBy: token.id }, now);
    await appendEvent(tx, {
      type: 'token.revoked',
      projectId: token.project?.id ?? null,
      environmentId: token.environment?.id ?? null,
      subjectId: token.id,
      data: { kind: token.kind, name: token.name },
      actor: caller.actor,
    });
  });
}

/** A token that is confined to a project must not reach its person's other tokens. */
function isBound(caller: Caller): boolean {
  return caller.rights.projectId !== null;
}
