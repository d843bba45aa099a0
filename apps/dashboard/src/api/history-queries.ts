import { infiniteQueryOptions } from '@tanstack/react-query';
import { client } from './client.ts';
import { from, rest } from './paging.ts';

export type EventsOf =
  | { readonly kind: 'all' }
  | { readonly kind: 'project' | 'environment' | 'service'; readonly path: string };
export interface EventFilter {
  readonly type?: string;
  readonly actor?: string;
}

/** Newer rows come by the stream (live/heard.ts) while a page shows the list; what came while none did is read when one does again. */
const readWhenShown = { refetchOnMount: 'always' } as const;

/** What happened there, newest first. */
export const eventsQuery = (of: EventsOf, filter: EventFilter) =>
  infiniteQueryOptions({
    queryKey: ['events', of, filter],
    queryFn: ({ pageParam, signal }) => {
      const asked = { query: { ...from(pageParam, 50), ...filter }, signal };
      if (of.kind === 'all') return client.listEvents(asked);
      if (of.kind === 'project') return client.listProjectEvents({ params: { project: of.path }, ...asked });
      if (of.kind === 'environment')
        return client.listEnvironmentEvents({ params: { environment: of.path }, ...asked });
      return client.listServiceEvents({ params: { service: of.path }, ...asked });
    },
    ...rest,
    ...readWhenShown,
  });

export interface AuditFilter {
  readonly project?: string;
  readonly action?: string;
  readonly user?: string;
}

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      client.listAuditEvents({ query: { ...from(pageParam, 50), ...filter }, signal }),
    ...rest,
    ...readWhenShown,
  });
