import type { Event, Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { projectsQuery, servicesQuery } from '../../api/queries.ts';
import { buildPath, projectPath, releasePath, servicePath } from '../../app/paths.ts';
import { Ago } from '../../parts/time.tsx';
import { actorWords } from '../../words/actor-words.ts';
import { eventWords } from '../../words/event-words.ts';
import styles from './activity.module.css';

export function EventList({ events }: { readonly events: readonly Event[] }) {
  const { data: services = [] } = useQuery(servicesQuery);
  const { data: projects = [] } = useQuery(projectsQuery);
  const serviceOf = new Map(services.map((service) => [service.id, service]));
  const projectOf = new Map(projects.map(({ id, slug }) => [id, slug]));
  return (
    <ol className={styles.events} aria-label="What happened, newest first">
      {events.map((event) => (
        <Row
          key={event.id}
          event={event}
          service={event.service === null ? undefined : serviceOf.get(event.service)}
          project={event.project === null ? undefined : projectOf.get(event.project)}
        />
      ))}
    </ol>
  );
}

interface RowProps {
  readonly event: Event;
  readonly service: Service | undefined;
  readonly project: string | undefined;
}

function Row({ event, service, project }: RowProps) {
  const { kind, words } = eventWords(event);
  const to = linkOf(event, service);
  const what = to === null ? words : <Link href={to}>{words}</Link>;
  return (
    <li className={styles.event}>
      <span className={styles.when}>
        <Ago at={event.at} />
      </span>
      <span className={styles.what} data-kind={kind} dir="auto">
        {kind === 'act' ? <strong>{actorWords(event.actor, event.actorName)}</strong> : null} {what}
      </span>
      <span className={styles.where}>
        {service ? (
          <Link href={servicePath(service.path)} data-row>
            {service.path}
          </Link>
        ) : project ? (
          <Link href={projectPath(project)} data-row>
            {project}
          </Link>
        ) : null}
      </span>
    </li>
  );
}

/** To what it happened to, where that has a page. */
function linkOf({ type, subject, data }: Event, service: Service | undefined): string | null {
  if (!service) return null;
  if (type.startsWith('build.')) return buildPath(service.path, subject);
  if (type.startsWith('release.') && typeof data.number === 'number')
    return releasePath(service.path, `r${data.number}`);
  return null;
}
