import type { Event } from '@sconce/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { type EventFilter, type EventsOf, eventsQuery } from '../../api/history-queries.ts';
import { environmentsQuery, projectsQuery, servicesQuery } from '../../api/queries.ts';
import { useTitle } from '../../app/use-title.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { NewerRows } from '../../parts/newer-rows.tsx';
import { OlderRows } from '../../parts/older-rows.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { MissingPage } from '../missing/missing-page.tsx';
import styles from './activity.module.css';
import { ActivityHeader } from './activity-header.tsx';
import { EventFilters } from './event-filters.tsx';
import { EventList } from './event-list.tsx';
import { type PlaceIds, useNewer } from './use-newer.ts';

interface ActivityPageProps {
  readonly of: { readonly kind: 'all' } | { readonly kind: 'project' | 'service'; readonly path: string };
}

/** Who did what, and what came of it. The filter is in the address. */
export function ActivityPage({ of }: ActivityPageProps) {
  useTitle(of.kind === 'all' ? 'Activity' : `Activity of ${of.path}`);
  const [search, setSearch] = useSearchParams();
  const environment = of.kind === 'project' ? search.get('environment') : null;
  const place: EventsOf =
    of.kind === 'project' && environment ? { kind: 'environment', path: `${of.path}/${environment}` } : of;
  const filter: EventFilter = {
    ...(search.get('type') ? { type: search.get('type') ?? '' } : {}),
    ...(search.get('actor') ? { actor: search.get('actor') ?? '' } : {}),
  };
  const { ids, isMissing } = usePlaceIds(place);
  if (isMissing) return <MissingPage what={of.kind === 'service' ? 'service' : 'project'} />;
  return (
    <div className={styles.page}>
      <ActivityHeader
        project={of.kind === 'project' ? of.path : null}
        withAudit={of.kind !== 'service'}
        title="Activity"
      />
      <Happened
        key={JSON.stringify([place, filter])}
        place={place}
        filter={filter}
        ids={ids}
        filters={(events) => (
          <EventFilters
            project={of.kind === 'project' ? of.path : null}
            values={{ ...filter, ...(environment ? { environment } : {}) }}
            events={events}
            onChange={(values) => setSearch(values, { replace: true })}
          />
        )}
      />
    </div>
  );
}

interface HappenedProps {
  readonly place: EventsOf;
  readonly filter: EventFilter;
  readonly ids: PlaceIds;
  readonly filters: (events: readonly Event[]) => React.ReactNode;
}

function Happened({ place, filter, ids, filters }: HappenedProps) {
  const asked = useInfiniteQuery(eventsQuery(place, filter));
  const events = asked.data?.pages.flatMap(({ data }) => data);
  const newer = useNewer(place, filter, ids, events ?? []);
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      {filters(events ?? [])}
      <NewerRows count={newer.count} isMore={newer.isMore} onShow={newer.show} />
      <Loaded
        asked={{ ...asked, data: events }}
        problem="What happened could not be read"
        skeleton={<SkeletonRows rows={12} what="what happened" />}
      >
        {(all) =>
          all.length === 0 ? (
            <p className={styles.soft}>
              {isFiltered ? 'Nothing like this happened. What does shows here.' : 'Nothing happened yet.'}
            </p>
          ) : (
            <>
              <EventList events={all} />
              <OlderRows asked={asked} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

/** Events name places by id, addresses by slug. */
function usePlaceIds(place: EventsOf): { readonly ids: PlaceIds; readonly isMissing: boolean } {
  const path = place.kind === 'all' ? '' : place.path;
  const [project = ''] = path.split('/');
  const projects = useQuery(projectsQuery);
  const services = useQuery(servicesQuery);
  const environments = useQuery({ ...environmentsQuery(project), enabled: place.kind === 'environment' });
  const found = {
    project: projects.data?.find(({ slug }) => slug === project)?.id ?? null,
    environment: environments.data?.find((one) => one.path === path)?.id ?? null,
    service: services.data?.find((one) => one.path === path)?.id ?? null,
  };
  const isMissing =
    (place.kind === 'service' && services.data !== undefined && found.service === null) ||
    (place.kind !== 'all' && projects.data !== undefined && found.project === null);
  return { ids: found, isMissing };
}
