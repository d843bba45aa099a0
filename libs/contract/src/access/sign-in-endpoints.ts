import { z } from 'zod';
import { reading, removing, writing } from '../shape/endpoint.ts';
import { deleted, listOfItems, pageQuery } from '../shape/field.ts';
import * as people from './access.ts';
import * as nouns from './sign-in.ts';

const sessions = {
  getSignInWays: reading({
    path: '/v1/sign-in',
    summary: 'How people sign in here; the same for everybody',
    permission: 'public',
    reply: nouns.signInWays,
  }),
  createSignInChallenge: writing('POST', {
    path: '/v1/sign-in-challenges',
    summary: 'Begin signing in with a passkey: what the browser needs, for one try within five minutes',
    permission: 'public',
    body: z.strictObject({}),
    reply: nouns.signInChallenge,
  }),
  createSession: writing('POST', {
    path: '/v1/sessions',
    summary:
      'Sign in with a personal token, a password or a passkey; takes no Idempotency-Key, since a session is kept nowhere',
    permission: 'public',
    body: nouns.sessionCreate,
    reply: people.me,
  }),
  listSessions: reading({
    path: '/v1/sessions',
    summary: 'Browsers in which you are signed in',
    permission: 'known',
    query: pageQuery,
    reply: listOfItems(nouns.session),
  }),
  deleteSession: removing({
    path: '/v1/sessions/current',
    summary: 'Leave: the session ends everywhere',
    permission: 'known',
    reply: deleted,
  }),
  endSession: removing({
    path: '/v1/sessions/{session}',
    summary: 'End one of your sessions, and its streams',
    permission: 'known',
    reply: deleted,
  }),
  endOtherSessions: removing({
    path: '/v1/sessions',
    summary: 'End all of your sessions but the one that asks',
    permission: 'known',
    reply: deleted,
  }),
};

const account = {
  updateMe: writing('PATCH', {
    path: '/v1/me',
    summary: 'Change your name; takes a session that did not begin with a token, as all of the account does',
    permission: 'known',
    body: nouns.meUpdate,
    reply: people.user,
  }),
  getSignInSettings: reading({
    path: '/v1/me/sign-in',
    summary: 'Your ways to sign in',
    permission: 'known',
    reply: nouns.signInSettings,
  }),
  updateSignInSettings: writing('PATCH', {
    path: '/v1/me/sign-in',
    summary: 'Have a passkey asked for after your password, or not',
    permission: 'known',
    body: nouns.signInSettingsUpdate,
    reply: nouns.signInSettings,
  }),
  putPassword: writing('PUT', {
    path: '/v1/me/password',
    summary: 'Set your password, or change it; a change ends your other sessions',
    permission: 'known',
    body: nouns.passwordPut,
    reply: nouns.passwordSet,
  }),
  deletePassword: removing({
    path: '/v1/me/password',
    summary: 'Have no password; a passkey has to be left',
    permission: 'known',
    reply: deleted,
  }),
};

const passkeys = {
  createPasskeyRegistration: writing('POST', {
    path: '/v1/passkey-registrations',
    summary: 'Begin adding a passkey: what the browser needs, for one try within five minutes',
    permission: 'known',
    body: z.strictObject({}),
    reply: nouns.passkeyRegistration,
  }),
  listPasskeys: reading({
    path: '/v1/passkeys',
    summary: 'Your passkeys',
    permission: 'known',
    query: pageQuery,
    reply: listOfItems(nouns.passkey),
  }),
  createPasskey: writing('POST', {
    path: '/v1/passkeys',
    summary: 'Add the passkey that the browser made',
    permission: 'known',
    body: nouns.passkeyCreate,
    reply: nouns.passkey,
  }),
  getPasskey: reading({
    path: '/v1/passkeys/{passkey}',
    summary: 'One of your passkeys',
    permission: 'known',
    reply: nouns.passkey,
  }),
  updatePasskey: writing('PATCH', {
    path: '/v1/passkeys/{passkey}',
    summary: 'Give a passkey another name',
    permission: 'known',
    body: nouns.passkeyUpdate,
    reply: nouns.passkey,
  }),
  deletePasskey: removing({
    path: '/v1/passkeys/{passkey}',
    summary: 'Remove a passkey: it lets nobody in any more',
    permission: 'known',
    reply: deleted,
  }),
};

const recovery = {
  createSignInLink: writing('POST', {
    path: '/v1/users/{user}/sign-in-links',
    summary:
      'Make a link that lets a person in once, within the hour; it is shown once, and those made before work no more',
    permission: 'instance',
    body: z.strictObject({}),
    reply: nouns.signInLink,
  }),
  endUserSessions: removing({
    path: '/v1/users/{user}/sessions',
    summary: 'Sign a person out everywhere',
    permission: 'instance',
    reply: deleted,
  }),
};

export const signInEndpoints = { ...sessions, ...account, ...passkeys, ...recovery };
