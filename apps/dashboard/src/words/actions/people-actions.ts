import type { Role } from '@sconce/contract';
import { type Action, sconce } from './action.ts';

/** Of somebody who has an account. */
export const setMember = (project: string, email: string, role: Role): Action => ({
  cli: sconce('members', 'set', email, '--role', role, '--project', project),
  api: { name: 'putMember', params: { project, email }, body: { role } },
});

/** Of somebody who has none: account, link and membership. */
export const inviteMember = (project: string, email: string, role: Role): Action => ({
  cli: sconce('users', 'invite', email, '--role', role, '--project', project),
  api: [
    { name: 'createUser', body: { email, name: nameOf(email) } },
    { name: 'putMember', params: { project, email }, body: { role } },
  ],
});

/** Until they say how they are called. */
export const nameOf = (email: string): string => email.split('@')[0] || email;

export const removeMember = (project: string, email: string): Action => ({
  cli: sconce('members', 'remove', email, '--project', project),
  api: { name: 'deleteMember', params: { project, email } },
});

export const makeSignInLink = (user: { readonly id: string; readonly email: string }): Action => ({
  cli: sconce('users', 'link', user.email),
  api: { name: 'createSignInLink', params: { user: user.id }, body: {} },
});

export const endSession = (session: string): Action => ({
  cli: sconce('sessions', 'end', session),
  api: { name: 'endSession', params: { session } },
});

export const endOtherSessions = (): Action => ({
  cli: sconce('sessions', 'end', '--all'),
  api: { name: 'endOtherSessions' },
});
