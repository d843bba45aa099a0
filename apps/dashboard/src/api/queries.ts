import type { Service } from '@sconce/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { Range } from '../words/ranges.ts';
import { cache } from './cache.ts';
import { client } from './client.ts';
import { all, from, rest } from './paging.ts';

/** Keys begin with what they hold; the second part is the id of what it hangs under. live/touched-by.ts knows them. */
export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => client.getMe({ signal }) });

export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: ({ signal }) => all((query) => client.listProjects({ query: { ...query, order: 'oldest' }, signal })),
});

export const environmentsQuery = (project: string) =>
  queryOptions({
    queryKey: ['environments', project],
    queryFn: ({ signal }) =>
      all((query) => client.listEnvironments({ params: { project }, query: { ...query, order: 'oldest' }, signal })),
  });

export const repositoriesQuery = (project: string) =>
  queryOptions({
    queryKey: ['repositories', project],
    queryFn: ({ signal }) => all((query) => client.listRepositories({ params: { project }, query, signal })),
  });

export const servicesQuery = queryOptions({
  queryKey: ['services'],
  queryFn: ({ signal }) => all((query) => client.listAllServices({ query: { ...query, order: 'oldest' }, signal })),
});

/** By its path. What the list of all services knows already is shown at once. */
export const serviceQuery = (path: string) =>
  queryOptions({
    queryKey: ['service', path],
    queryFn: ({ signal }) => client.getService({ params: { service: path }, signal }),
    initialData: () => cache.getQueryData<Service[]>(['services'])?.find((service) => service.path === path),
  });

export const replicasQuery = (service: string) =>
  queryOptions({
    queryKey: ['replicas', service],
    queryFn: ({ signal }) => all((query) => client.listReplicas({ params: { service }, query, signal })),
  });

/** How every service does now: small figures, kept fresh by the stream. */
export const figuresQuery = queryOptions({
  queryKey: ['figures'],
  queryFn: ({ signal }) => all((query) => client.listMetrics({ query: { ...query, order: 'oldest' }, signal })),
});

export const metricsQuery = (service: string, range: Range) =>
  queryOptions({
    queryKey: ['metrics', service, range],
    queryFn: ({ signal }) => client.getServiceMetrics({ params: { service }, query: { since: range }, signal }),
  });

export const buildsQuery = (service: string) =>
  infiniteQueryOptions({
    queryKey: ['builds', service],
    queryFn: ({ pageParam, signal }) => client.listBuilds({ params: { service }, query: from(pageParam, 50), signal }),
    ...rest,
  });

export const buildQuery = (build: string) =>
  queryOptions({
    queryKey: ['build', build],
    queryFn: ({ signal }) => client.getBuild({ params: { build }, signal }),
  });

export const deliveryQuery = (delivery: string) =>
  queryOptions({
    queryKey: ['delivery', delivery],
    queryFn: ({ signal }) => client.getDelivery({ params: { delivery }, signal }),
  });

export const releasesQuery = (service: string) =>
  infiniteQueryOptions({
    queryKey: ['releases', service],
    queryFn: ({ pageParam, signal }) =>
      client.listReleases({ params: { service }, query: from(pageParam, 50), signal }),
    ...rest,
  });

export const releaseQuery = (service: string, release: string, compare: string | null) =>
  queryOptions({
    queryKey: ['release', service, release, compare],
    queryFn: ({ signal }) =>
      client.getRelease({ params: { release }, query: compare === null ? {} : { compare }, signal }),
  });

export const rolloutsQuery = (service: string) =>
  queryOptions({
    queryKey: ['rollouts', service],
    queryFn: async ({ signal }) =>
      (await client.listRollouts({ params: { service }, query: { limit: 100 }, signal })).data,
  });

export const callExamplesQuery = (service: string) =>
  queryOptions({
    queryKey: ['examples', service],
    queryFn: async ({ signal }) => (await client.listCallExamples({ params: { service }, signal })).data,
  });

export const buildAnalysisQuery = (build: string) =>
  queryOptions({
    queryKey: ['build', build, 'analysis'],
    queryFn: ({ signal }) => client.getBuildAnalysis({ params: { build }, signal }),
  });
