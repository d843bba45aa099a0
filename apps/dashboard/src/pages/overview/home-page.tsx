import type { Project, Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
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
              {(running) => <Projects projects={all} services={running} />}
            </Loaded>
          </>
        )
      }
    </Loaded>
  );
}

interface ProjectsProps {
  readonly projects: readonly Project[];
  readonly services: readonly Service[];
}

/** More lines than a tall window shows. The others are drawn right after, in pieces that keys and clicks come between; nothing moves, since they come below. */
const firstLines = 40;

function Projects({ projects, services }: ProjectsProps) {
  const all = projects.map((project) => ({
    project,
    services: services.filter((service) => service.project.id === project.id),
  }));
  const total = all.reduce((sum, { services: here }) => sum + 1 + here.length, 0);
  let left = useDeferredValue(total, Math.min(total, firstLines));
  return (
    <div className={styles.projects}>
      {all.map(({ project, services: here }) => {
        if (left <= 0) return null;
        const shown = here.slice(0, left - 1);
        left -= 1 + here.length;
        return <ProjectRows key={project.id} project={project} count={here.length} services={shown} />;
      })}
    </div>
  );
}

interface ProjectRowsProps {
  readonly project: Project;
  readonly count: number;
  readonly services: readonly Service[];
}

function ProjectRows({ project, count, services }: ProjectRowsProps) {
  return (
    <section aria-labelledby={project.id}>
      <header className={styles.projectHeader}>
        <h2 id={project.id}>
          <Link href={projectPath(project.slug)}>{project.slug}</Link>
        </h2>
        {project.name !== project.slug ? <span>{plainLine(project.name)}</span> : null}
        <span className={styles.count}>{plural(count, 'service')}</span>
        <Link
          href={projectPagePath(project.slug, 'settings')}
          title={`Members, repositories and rules of ${project.slug}`}
        >
          Settings
        </Link>
      </header>
      {count === 0 ? (
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
