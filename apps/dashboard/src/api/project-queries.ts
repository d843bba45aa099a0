import { queryOptions } from '@tanstack/react-query';
import type { Range } from '../words/ranges.ts';
import { client } from './client.ts';
import { all } from './paging.ts';

export const membersQuery = (project: string) =>
  queryOptions({
    queryKey: ['members', project],
    queryFn: ({ signal }) =>
      all((query) => client.listMembers({ params: { project }, query: { ...query, order: 'oldest' }, signal })),
  });

export const branchRulesQuery = (project: string) =>
  queryOptions({
    queryKey: ['branch-rules', project],
    queryFn: ({ signal }) =>
      all((query) => client.listBranchRules({ params: { project }, query: { ...query, order: 'oldest' }, signal })),
  });

/** Where a branch would deploy to; the API decides, by the rules that pushes are matched by. */
export const branchTriedQuery = (project: string, branch: string, repository: string | null) =>
  queryOptions({
    queryKey: ['branch-rules', project, 'tried', branch, repository],
    queryFn: ({ signal }) =>
      all((query) =>
        client.listBranchRules({
          params: { project },
          query: { ...query, branch, ...(repository === null ? {} : { repository }) },
          signal,
        }),
      ),
    gcTime: 60_000,
  });

/** One's own, or those of a project that one administers. */
export const tokensQuery = (project: string | null, ended: boolean) =>
  queryOptions({
    queryKey: ['tokens', project, ended],
    queryFn: ({ signal }) =>
      all((query) =>
        client.listTokens({
          query: { ...query, ...(project === null ? {} : { project }), ...(ended ? { revoked: true } : {}) },
          signal,
        }),
      ),
  });

export const clustersQuery = queryOptions({
  queryKey: ['clusters'],
  queryFn: ({ signal }) => all((query) => client.listClusters({ query, signal })),
});

export const nodePoolsQuery = (cluster: string) =>
  queryOptions({
    queryKey: ['clusters', cluster, 'pools'],
    queryFn: ({ signal }) => all((query) => client.listNodePools({ params: { cluster }, query, signal })),
  });

/** What was used of each of its node pools; kept fresh by the stream. */
export const clusterMetricsQuery = (cluster: string, range: Range) =>
  queryOptions({
    queryKey: ['cluster-metrics', cluster, range],
    queryFn: ({ signal }) => client.getClusterMetrics({ params: { cluster }, query: { since: range }, signal }),
  });
