import { queryOptions } from '@tanstack/react-query';
import { client } from '../../api/client.ts';

/** Those that come with the installation: they change when it does. */
export const examplesQuery = queryOptions({
  queryKey: ['deploy-examples'],
  queryFn: async ({ signal }) => (await client.listExamples({ signal })).data,
  staleTime: Number.POSITIVE_INFINITY,
});

/** `repository` is `project/repository`; `ref` null: its default branch. A push makes it another one. */
export const planQuery = (repository: string, ref: string | null) =>
  queryOptions({
    queryKey: ['plan', repository, ref],
    queryFn: ({ signal }) =>
      client.getRepositoryPlan({ params: { repository }, query: ref === null ? {} : { ref }, signal }),
  });

export const repositoryQuery = (repository: string) =>
  queryOptions({
    queryKey: ['repository', repository],
    queryFn: ({ signal }) => client.getRepository({ params: { repository }, signal }),
  });
