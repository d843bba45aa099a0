import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { useLocation } from 'wouter';
import { deployRepository } from '../../api/deploy-plan.ts';
import { isMissing } from '../../api/is-missing.ts';
import { deployPath } from '../../app/paths.ts';
import { Commit } from '../../parts/commit.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { deployRepository as deployRepositoryAction } from '../../words/actions/service-actions.ts';
import { plainLine } from '../../words/plain-text.ts';
import { MissingPage } from '../missing/missing-page.tsx';
import styles from './deploy-page.module.css';
import { planQuery, repositoryQuery } from './deploy-queries.ts';
import { PlanCard } from './plan-card.tsx';
import { PushSteps } from './push-steps.tsx';

interface RepositoryPlanProps {
  /** `project/repository` */
  readonly repository: string;
  /** Null: the default one. */
  readonly branch: string | null;
}

/** The plan of what is at the head of a branch; before the first push, how to push. */
export function RepositoryPlan({ repository, branch }: RepositoryPlanProps) {
  const seen = useQuery(planQuery(repository, branch));
  const known = useQuery(repositoryQuery(repository));
  if (isMissing(seen.error) || isMissing(known.error)) return <MissingPage what="repository" />;
  const both = {
    data: seen.data && known.data ? { seen: seen.data, known: known.data } : undefined,
    error: seen.error ?? known.error,
    refetch: () => Promise.all([seen.refetch(), known.refetch()]),
  };
  return (
    <Loaded
      asked={both}
      problem="The repository could not be looked at"
      skeleton={<SkeletonRows rows={8} what="the plan" />}
    >
      {({ seen: { branch: at, branches, commit, plan }, known: { project, slug, pushUrl, fullName } }) => {
        if (!commit || !plan)
          return pushUrl ? (
            <PushSteps project={project.slug} repository={slug} pushUrl={pushUrl} branch={at} />
          ) : (
            <p>
              There is no branch <code>{plainLine(at, 80)}</code> in {plainLine(fullName, 80)} yet. Push it to GitHub.
            </p>
          );
        return (
          <>
            <Branches repository={repository} at={at} branches={branches} />
            <PlanCard
              // Another commit is another plan: what was typed for the one before stays with it.
              key={commit.sha}
              plan={plan}
              source={<Commit commit={commit} />}
              project={project.slug}
              asAction={(to, standing) =>
                deployRepositoryAction({ ...to, repository: slug, branch: at, settings: plan.settings }, standing)
              }
              onDeploy={(to) => deployRepository({ ...to, repository, branch: at, settings: plan.settings })}
            />
          </>
        );
      }}
    </Loaded>
  );
}

interface BranchesProps {
  readonly repository: string;
  readonly at: string;
  readonly branches: readonly string[];
}

function Branches({ repository, at, branches }: BranchesProps) {
  const id = useId();
  const [, navigate] = useLocation();
  if (branches.length < 2) return null;
  return (
    <p className={styles.branch}>
      <label htmlFor={id}>Branch</label>
      <select id={id} value={at} onChange={(event) => navigate(deployPath({ repository, ref: event.target.value }))}>
        {branches.map((branch) => (
          <option key={branch} value={branch}>
            {plainLine(branch, 80)}
          </option>
        ))}
      </select>
    </p>
  );
}
