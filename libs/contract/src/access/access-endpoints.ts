import { reading, removing, writing } from '../shape/endpoint.ts';
import { deleted, flag, listOfItems, pageQuery, reference } from '../shape/field.ts';
import * as nouns from './access.ts';

const people = {
  getMe: reading({
    path: '/v1/me',
    summary: 'Who you are here and what you may do',
    permission: 'known',
    reply: nouns.me,
  }),
  listUsers: reading({
    path: '/v1/users',
    summary: 'People of this installation',
    permission: 'instance',
    query: pageQuery,
    reply: listOfItems(nouns.user),
  }),
  createUser: writing('POST', {
    path: '/v1/users',
    summary: 'Invite a person; the link is shown once',
    permission: 'instance',
    body: nouns.userCreate,
    reply: nouns.userCreated,
  }),
  getUser: reading({ path: '/v1/users/{user}', summary: 'One person', permission: 'instance', reply: nouns.user }),
  deleteUser: removing({
    path: '/v1/users/{user}',
    summary: 'Remove a person and their tokens',
    permission: 'instance',
    reply: deleted,
  }),
  listMembers: reading({
    path: '/v1/projects/{project}/members',
    summary: 'Members of a project',
    permission: 'read',
    query: pageQuery,
    reply: listOfItems(nouns.member),
  }),
  putMember: writing('PUT', {
    path: '/v1/projects/{project}/members/{email}',
    summary: 'Add a member by e-mail address, or change their role',
    permission: 'admin',
    body: nouns.memberPut,
    reply: nouns.member,
  }),
  deleteMember: removing({
    path: '/v1/projects/{project}/members/{email}',
    summary: 'Remove a member',
    permission: 'admin',
    reply: deleted,
  }),
};

const tokens = {
  listTokens: reading({
    path: '/v1/tokens',
    summary: 'Your own tokens, or those of a project that you administer',
    permission: 'known',
    query: {
      ...pageQuery,
      project: reference('a project that you administer').optional(),
      revoked: flag.optional().describe('Also those that no longer work.'),
    },
    reply: listOfItems(nouns.token),
  }),
  createToken: writing('POST', {
    path: '/v1/tokens',
    summary: 'Make a token; it is shown once',
    permission: 'known',
    body: nouns.tokenCreate,
    reply: nouns.tokenCreated,
  }),
  getToken: reading({ path: '/v1/tokens/{token}', summary: 'One token', permission: 'known', reply: nouns.token }),
  deleteToken: removing({ path: '/v1/tokens/{token}', summary: 'Revoke a token', permission: 'known', reply: deleted }),
};

export const accessEndpoints = { ...people, ...tokens };
