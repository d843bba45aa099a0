import type { Project } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { cache } from '../../api/cache.ts';
import { projectsQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { homePath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { MissingPage } from '../missing/missing-page.tsx';
import { DangerZone } from '../removal/danger-zone.tsx';
import { BranchRules } from './branch-rules.tsx';
import { Environments } from './environments.tsx';
import { Members } from './members.tsx';
import { ProjectName } from './project-name.tsx';
import { Repositories } from './repositories.tsx';
import styles from './settings.module.css';

/** Who works in a project, where its code comes from, what deploys where. */
export function ProjectSettingsPage({ slug }: { readonly slug: string }) {
  useTitle(`Settings of ${slug}`);
  const projects = useQuery(projectsQuery);
  const project = projects.data?.find((one) => one.slug === slug);
  if (projects.data && !project) return <MissingPage what="project" />;
  return (
    <Loaded
      asked={{ ...projects, data: project }}
      problem="The project could not be read"
      skeleton={<SkeletonRows rows={8} what="the settings" />}
    >
      {(shown) => <Sections project={shown} />}
    </Loaded>
  );
}

function Sections({ project }: { readonly project: Project }) {
  const [, navigate] = useLocation();
  const administers = useMay(project.slug, 'admin');
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">Settings of {project.slug}</h1>
      {administers ? <ProjectName project={project} /> : null}
      <Members project={project} />
      <Repositories project={project} />
      <BranchRules project={project} />
      <Environments project={project} />
      {administers ? (
        <DangerZone
          kind="project"
          id={project.id}
          path={project.slug}
          version={project.version}
          about="Removing the project stops its services, and takes its repositories, environments, values and history away."
          onRemoved={() => {
            navigate(homePath);
            void cache.invalidateQueries();
          }}
        />
      ) : null}
    </div>
  );
}
