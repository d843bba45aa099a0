import type { Environment, Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { isMissing } from '../../api/is-missing.ts';
import { environmentsQuery, servicesQuery } from '../../api/queries.ts';
import { environmentPath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { MissingPage } from '../missing/missing-page.tsx';
import { NoServiceYet } from './first-deploy.tsx';
import styles from './overview.module.css';
import { ServiceCards } from './service-cards.tsx';

/** The environments of a project side by side, and what runs in each. */
export function ProjectPage({ project }: { readonly project: string }) {
  useTitle(project);
  const environments = useQuery(environmentsQuery(project));
  const services = useQuery(servicesQuery);
  if (isMissing(environments.error)) return <MissingPage what="project" />;
  const here = services.data?.filter((service) => service.project.slug === project);
  return (
    <>
      <h1 className={styles.title}>{project}</h1>
      {here?.length === 0 ? <NoServiceYet project={project} /> : null}
      <Loaded
        asked={environments}
        problem="The environments could not be read"
        skeleton={<SkeletonRows rows={6} what="environments" />}
      >
        {(all) => (
          <div className={styles.columns} hidden={here?.length === 0}>
            {all.map((environment) => (
              <EnvironmentColumn key={environment.id} environment={environment} services={here} />
            ))}
          </div>
        )}
      </Loaded>
    </>
  );
}

interface EnvironmentColumnProps {
  readonly environment: Environment;
  readonly services: readonly Service[] | undefined;
}

function EnvironmentColumn({ environment, services }: EnvironmentColumnProps) {
  const here = services?.filter((service) => service.environment.id === environment.id);
  return (
    <section className={styles.column} aria-labelledby={environment.id}>
      <h2 id={environment.id}>
        <Link href={environmentPath(environment.path)}>{environment.slug}</Link>
      </h2>
      {here === undefined ? (
        <SkeletonRows rows={3} what="services" />
      ) : here.length === 0 ? (
        <p className={styles.nothing}>No service yet</p>
      ) : (
        <ServiceCards services={here} heading="h3" className={styles.column} />
      )}
    </section>
  );
}
