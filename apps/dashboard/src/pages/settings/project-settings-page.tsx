import type { Project } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { projectsQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { useTitle } from '../../app/use-title.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { MissingPage } from '../missing/missing-page.tsx';
import { BranchRules } from './branch-rules.tsx';
import { DangerZone } from './danger-zone.tsx';
import { Environments } from './environments.tsx';
import { Members } from './members.tsx';
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
  const administers = useMay(project.slug, 'admin');
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">Settings of {project.slug}</h1>
      <Members project={project} />
      <Repositories project={project} />
      <BranchRules project={project} />
      <Environments project={project} />
      {administers ? <DangerZone project={project} /> : null}
    </div>
  );
}
