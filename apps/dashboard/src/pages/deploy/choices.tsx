import type { Example, Project, Repository } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { projectsQuery, repositoriesQuery, servicesQuery } from '../../api/queries.ts';
import { deployPath } from '../../app/paths.ts';
import { CommandLine } from '../../parts/as-command.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { plural } from '../../words/duration.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './choices.module.css';
import { examplesQuery } from './deploy-queries.ts';
import { NewRepository } from './new-repository.tsx';

interface ChoicesProps {
  /** Given: it goes there. */
  readonly project?: string | undefined;
}

/** What to deploy: an example, a repository that is there, or one to be made. Each leads to a plan, and that to the deploy. */
export function Choices({ project }: ChoicesProps) {
  return (
    <div className={styles.choices}>
      <Examples project={project} />
      <Repositories project={project} />
      <Section title="A new repository">
        <p className={styles.soft}>
          You get an address to push to. What is pushed is looked at, and you see the plan first.
        </p>
        <NewRepository project={project} />
      </Section>
      <Section title="From a terminal">
        <p className={styles.soft}>In your repository, with a Dockerfile in it. The first asks for a token.</p>
        <CommandLine what="command" text={`sconce login --api-url ${location.origin}`} />
        <CommandLine what="command" text="sconce deploy" />
        <CommandLine what="command" text="sconce logs -f" />
      </Section>
    </div>
  );
}

function Examples({ project }: ChoicesProps) {
  const examples = useQuery(examplesQuery);
  if (examples.data?.length === 0) return null;
  return (
    <Section title="An example">
      <Loaded
        asked={examples}
        problem="The examples could not be read"
        skeleton={<SkeletonRows rows={3} what="examples" />}
      >
        {(all) => (
          <ul className={styles.cards}>
            {all.map((example) => (
              <ExampleCard key={example.slug} example={example} project={project} />
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}

function ExampleCard({ example, project }: { readonly example: Example; readonly project: string | undefined }) {
  const { slug, title, about } = example;
  return (
    <li className={styles.card}>
      <h3>
        <Link href={deployPath({ example: slug, project })} className={styles.link}>
          {plainLine(title, 60)}
        </Link>
      </h3>
      <p className={styles.soft}>{plainLine(about, 200)}</p>
    </li>
  );
}

function Repositories({ project }: ChoicesProps) {
  const projects = useQuery(projectsQuery).data ?? [];
  const shown = projects.filter(({ slug }) => project === undefined || slug === project);
  return shown.length === 0 ? null : (
    <Section title="A repository">
      {shown.map((one) => (
        <RepositoriesOf key={one.id} project={one} />
      ))}
    </Section>
  );
}

function RepositoriesOf({ project }: { readonly project: Project }) {
  const repositories = useQuery(repositoriesQuery(project.slug));
  const services = useQuery(servicesQuery).data ?? [];
  return (
    <Loaded
      asked={repositories}
      problem="The repositories could not be read"
      skeleton={<SkeletonRows rows={1} what="repositories" />}
    >
      {(all) =>
        all.length === 0 ? null : (
          <ul className={styles.rows} aria-label={`Repositories of ${project.slug}`}>
            {all.map((repository) => (
              <RepositoryRow
                key={repository.id}
                repository={repository}
                services={services.filter((service) => service.repository?.id === repository.id).length}
              />
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function RepositoryRow({ repository, services }: { readonly repository: Repository; readonly services: number }) {
  const { path, kind, fullName } = repository;
  return (
    <li>
      <Link href={deployPath({ repository: path })}>{path}</Link>
      <span className={styles.soft}>
        {kind === 'github' ? `${plainLine(fullName, 60)} on GitHub, ` : ''}
        {services === 0 ? 'not deployed yet' : plural(services, 'service')}
      </span>
    </li>
  );
}
