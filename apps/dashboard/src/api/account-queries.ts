import { queryOptions } from '@tanstack/react-query';
import { client } from './client.ts';

/** What is one's own. Keys as in queries.ts. */
export const signInSettingsQuery = queryOptions({
  queryKey: ['sign-in'],
  queryFn: ({ signal }) => client.getSignInSettings({ signal }),
});

export const passkeysQuery = queryOptions({
  queryKey: ['passkeys'],
  queryFn: async ({ signal }) => (await client.listPasskeys({ query: { limit: 200, order: 'oldest' }, signal })).data,
});

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async ({ signal }) => (await client.listSessions({ query: { limit: 200 }, signal })).data,
});
