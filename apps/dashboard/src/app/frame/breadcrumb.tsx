import { stateOfService } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from 'wouter';
import { environmentsQuery, projectsQuery, servicesQuery } from '../../api/queries.ts';
import { Icon } from '../../parts/icon.tsx';
import { LazySearchableList } from '../../parts/lazy-searchable-list.tsx';
import { Popover } from '../../parts/popover.tsx';
import type { Choice } from '../../parts/searchable-list.tsx';
import { StateShape } from '../../parts/state-mark.tsx';
import { environmentPath, homePath, type Place, projectPath, servicePages, servicePath } from '../paths.ts';
import styles from './breadcrumb.module.css';
import { Logo } from './logo.tsx';

/** Where one is, and the way to anywhere beside it: each part leads to its page and opens what else there is. */
export function Breadcrumb({ place }: { readonly place: Place }) {
  const { project, environment, service } = place;
  return (
    <nav className={styles.crumbs} aria-label="Where you are">
      <Link href={homePath} className={styles.home} aria-label="All projects">
        <Logo size={20} />
      </Link>
      {project === null ? <span className={styles.name}>All projects</span> : <ProjectPart project={project} />}
      {project !== null && environment !== null ? (
        <EnvironmentPart project={project} environment={environment} />
      ) : null}
      {environment !== null && service !== null ? <ServicePart environment={environment} service={service} /> : null}
    </nav>
  );
}

function ProjectPart({ project }: { readonly project: string }) {
  const [, navigate] = useLocation();
  const { data = [] } = useQuery(projectsQuery);
  const choices = data.map(({ id, slug }) => ({ id, text: slug, run: () => navigate(projectPath(slug)) }));
  return <Part name={project} to={projectPath(project)} what="project" choices={choices} />;
}

function EnvironmentPart({ project, environment }: { readonly project: string; readonly environment: string }) {
  const [, navigate] = useLocation();
  const { data = [] } = useQuery(environmentsQuery(project));
  const choices = data.map(({ id, slug, path }) => ({ id, text: slug, run: () => navigate(environmentPath(path)) }));
  const name = environment.split('/')[1] ?? '';
  return <Part name={name} to={environmentPath(environment)} what="environment" choices={choices} />;
}

function ServicePart({ environment, service }: { readonly environment: string; readonly service: string }) {
  const [pathname, navigate] = useLocation();
  const { data = [] } = useQuery(servicesQuery);
  const name = service.split('/')[2] ?? '';
  // The same page of the other service: its logs, when these are logs.
  const page = pathname.startsWith(`${servicePath(service)}/`) ? pathname.split('/')[5] : undefined;
  const same = servicePages.find((one) => one === page);
  const choices = data
    .filter((one) => one.path.startsWith(`${environment}/`))
    .map((one) => ({
      id: one.id,
      text: one.slug,
      shown: (
        <>
          <StateShape state={stateOfService(one)} />
          {one.slug}
        </>
      ),
      run: () => navigate(servicePath(one.path, same)),
    }));
  return <Part name={name} to={servicePath(service)} what="service" choices={choices} />;
}

interface PartProps {
  readonly name: string;
  readonly to: string;
  readonly what: string;
  readonly choices: readonly Choice[];
}

function Part({ name, to, what, choices }: PartProps) {
  return (
    <span className={styles.part}>
      <span className={styles.slash} aria-hidden="true">
        /
      </span>
      <Link href={to} className={styles.name}>
        {name}
      </Link>
      <Popover className={styles.more} button={<Icon name="down" />} name={`Another ${what}`}>
        {(close) => (
          <LazySearchableList
            choices={choices}
            label={`Find a${what === 'environment' ? 'n' : ''} ${what}`}
            empty={`No ${what} of this name`}
            onChosen={close}
          />
        )}
      </Popover>
    </span>
  );
}
