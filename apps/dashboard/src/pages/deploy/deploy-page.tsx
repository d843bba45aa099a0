import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from 'wouter';
import { deployExample } from '../../api/deploy-plan.ts';
import { deployPath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { deployExample as deployExampleAction } from '../../words/actions/service-actions.ts';
import { plainLine } from '../../words/plain-text.ts';
import { MissingPage } from '../missing/missing-page.tsx';
import { Choices } from './choices.tsx';
import styles from './deploy-page.module.css';
import { examplesQuery } from './deploy-queries.ts';
import { PlanCard } from './plan-card.tsx';
import { RepositoryPlan } from './repository-plan.tsx';

/** From something to deploy to its deploy: what is chosen stands in the address. */
export function DeployPage() {
  const search = new URLSearchParams(useSearch());
  const [example, repository, ref, project] = ['example', 'repository', 'ref', 'project'].map((name) =>
    search.get(name),
  );
  const title = example
    ? `Deploy ${plainLine(example, 40)}`
    : repository
      ? `Deploy ${plainLine(repository, 80)}`
      : 'Deploy a service';
  useTitle(title);
  return (
    <div className={styles.page}>
      <header>
        <h1>{title}</h1>
        {example || repository ? (
          <p className={styles.soft}>
            What a look at it says. Nothing runs yet.{' '}
            <Link href={deployPath({ project: project ?? undefined })}>Something else</Link>
          </p>
        ) : null}
      </header>
      {example ? (
        <ExamplePlan slug={example} project={project ?? null} />
      ) : repository ? (
        <RepositoryPlan key={`${repository} ${ref}`} repository={repository} branch={ref ?? null} />
      ) : (
        <Choices project={project ?? undefined} />
      )}
    </div>
  );
}

function ExamplePlan({ slug, project }: { readonly slug: string; readonly project: string | null }) {
  const examples = useQuery(examplesQuery);
  return (
    <Loaded
      asked={examples}
      problem="The example could not be read"
      skeleton={<SkeletonRows rows={8} what="the plan" />}
    >
      {(all) => {
        const example = all.find((one) => one.slug === slug);
        if (!example) return <MissingPage what="example" />;
        return (
          <PlanCard
            plan={example.plan}
            source={
              <>
                {plainLine(example.title, 60)} <span className={styles.soft}>{plainLine(example.about, 200)}</span>
              </>
            }
            project={project}
            proposedProject="examples"
            asAction={(to, standing) =>
              deployExampleAction({ ...to, branch: 'main', settings: example.plan.settings }, slug, standing)
            }
            onDeploy={(to) => deployExample({ ...to, branch: 'main', settings: example.plan.settings, example: slug })}
          />
        );
      }}
    </Loaded>
  );
}
