import {
  appendEvent,
  findMember,
  findUser,
  findUserByEmail,
  insertUser,
  lockAdmins,
  type MemberRow,
  removeMember,
  removeUser,
  revokeTokensOf,
  type UserRow,
  putMember as writeMember,
} from '@sconce/db';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { createSetupCode } from './sessions.ts';

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly actor: Actor;
}

/** Invites a person. The code of their first visit's link is answered this once. Throws `Rejection` already_exists. */
export async function createUser(deps: Deps, input: NewUser): Promise<{ user: UserRow; setupCode: string }> {
  const { actor, ...fields } = input;
  return deps.db.transaction(async (tx) => {
    const user = await insertUser(tx, fields);
    if (!user) throw new Rejection('already_exists', 'Somebody with this address is here already');
    await appendEvent(tx, { type: 'user.created', projectId: null, subjectId: user.id, actor });
    return { user, setupCode: await createSetupCode(deps, tx, user.id) };
  });
}

/** The person's tokens and sessions stop working at once. The last administrator stays. */
export async function deleteUser(
  deps: Deps,
  input: { readonly id: string; readonly actor: Actor },
): Promise<{ tokens: number }> {
  return deps.db.transaction(async (tx) => {
    const admins = await lockAdmins(tx);
    const user = await findUser(tx, input.id);
    if (!user) throw new Rejection('not_found', 'There is no such person');
    if (admins.length === 1 && admins[0] === user.id) {
      throw new Rejection('conflict', 'This is the last administrator', {
        hint: 'Make somebody else an administrator first.',
      });
    }
    await removeUser(tx, user);
    const tokens = await revokeTokensOf(tx, { userId: user.id }, new Date(deps.clock.now()));
    await appendEvent(tx, { type: 'user.removed', projectId: null, subjectId: user.id, actor: input.actor });
    return { tokens };
  });
}

export interface Membership {
  readonly projectId: string;
  readonly email: string;
  readonly actor: Actor;
}

/** Adds a person to a project, or changes their role. The person has to be here already. */
export async function putMember(deps: Deps, input: Membership & { readonly role: string }): Promise<MemberRow> {
  const { projectId, email, role, actor } = input;
  return deps.db.transaction(async (tx) => {
    const user = await findUserByEmail(tx, email);
    if (!user)
      throw new Rejection('not_found', 'Nobody with this address is here', {
        hint: 'An administrator invites people first.',
      });
    await writeMember(tx, projectId, user.id, role);
    await appendEvent(tx, { type: 'member.changed', projectId, subjectId: user.id, data: { role, email }, actor });
    const member = await findMember(tx, projectId, email);
    if (!member) throw new Error(`The member ${user.id} of ${projectId} is not there after it was written`);
    return member;
  });
}

export async function deleteMember(deps: Deps, input: Membership): Promise<{ id: string }> {
  const { projectId, email, actor } = input;
  return deps.db.transaction(async (tx) => {
    const member = await findMember(tx, projectId, email);
    if (!member) throw new Rejection('not_found', 'Nobody with this address is a member');
    await removeMember(tx, projectId, member.user.id);
    await appendEvent(tx, { type: 'member.removed', projectId, subjectId: member.user.id, data: { email }, actor });
    return { id: member.user.id };
  });
}
