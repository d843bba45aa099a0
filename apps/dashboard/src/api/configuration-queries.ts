import { queryOptions } from '@tanstack/react-query';
import { client } from './client.ts';
import { all } from './paging.ts';

/** With the ETag it was read under: a change that was made from it says so, and is refused when somebody else was quicker. */
const withTag = async <Body>(asked: Promise<{ body: Body; headers: Headers }>) => {
  const { body, headers } = await asked;
  return { ...body, etag: headers.get('etag') };
};

export const serviceVariablesQuery = (service: string) =>
  queryOptions({
    queryKey: ['variables', service],
    queryFn: ({ signal }) => withTag(client.respond('listServiceVariables', { params: { service }, signal })),
  });

export const environmentVariablesQuery = (environment: string) =>
  queryOptions({
    queryKey: ['variables', environment],
    queryFn: ({ signal }) => withTag(client.respond('listEnvironmentVariables', { params: { environment }, signal })),
  });

export const secretGroupsQuery = (environment: string) =>
  queryOptions({
    queryKey: ['secret-groups', environment],
    queryFn: ({ signal }) =>
      all((query) =>
        client.listSecretGroups({ params: { environment }, query: { ...query, order: 'oldest' }, signal }),
      ),
  });

export const secretsQuery = (secretGroup: string) =>
  queryOptions({
    queryKey: ['secrets', secretGroup],
    queryFn: ({ signal }) =>
      all((query) => client.listSecrets({ params: { secretGroup }, query: { ...query, order: 'oldest' }, signal })),
  });
