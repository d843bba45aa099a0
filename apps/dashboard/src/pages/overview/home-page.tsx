import type { Project, Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { projectsQuery, servicesQuery } from '../../api/queries.ts';
import { projectPagePath, projectPath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { plural } from '../../words/duration.ts';
import { plainLine } from '../../words/plain-text.ts';
import { FirstDeploy } from './first-deploy.tsx';
import styles from './overview.module.css';
import { ServiceRow } from './service-row.tsx';

/** All that runs, project by project. */
export function HomePage() {
  useTitle('All projects');
  const projects = useQuery(projectsQuery);
  const services = useQuery(servicesQuery);
  return (
    <Loaded
      asked={projects}
      problem="The projects could not be read"
      skeleton={<SkeletonRows rows={6} what="projects" />}
    >
      {(all) =>
        all.length === 0 ? (
          <FirstDeploy />
        ) : (
          <>
            <h1 className="visually-hidden">All projects</h1>
            <Loaded
              asked={services}
              problem="The services could not be read"
              skeleton={<SkeletonRows rows={6} what="services" />}
            >
              {(running) => (
                <div className={styles.projects}>
                  {all.map((project) => (
                    <ProjectRows
                      key={project.id}
                      project={project}
                      services={running.filter((service) => service.project.id === project.id)}
                    />
                  ))}
                </div>
              )}
            </Loaded>
          </>
        )
      }
    </Loaded>
  );
}

function ProjectRows({ project, services }: { readonly project: Project; readonly services: readonly Service[] }) {
  return (
    <section aria-labelledby={project.id}>
      <header className={styles.projectHeader}>
        <h2 id={project.id}>
          <Link href={projectPath(project.slug)}>{project.slug}</Link>
        </h2>
        {project.name !== project.slug ? <span>{plainLine(project.name)}</span> : null}
        <span className={styles.count}>{plural(services.length, 'service')}</span>
        <Link
          href={projectPagePath(project.slug, 'settings')}
          title={`Members, repositories and rules of ${project.slug}`}
        >
          Settings
        </Link>
      </header>
      {services.length === 0 ? (
        <p className={styles.nothing}>
          Nothing is deployed here yet. <Link href={projectPath(project.slug)}>How to begin</Link>
        </p>
      ) : (
        <ul className={styles.rows}>
          {services.map((service) => (
            <ServiceRow key={service.id} service={service} />
          ))}
        </ul>
      )}
    </section>
  );
}
