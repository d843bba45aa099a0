import type { Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { repositoriesQuery } from '../../api/queries.ts';
import { CommandLine } from '../../parts/as-command.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import { plainLine } from '../../words/plain-text.ts';
import styles from './first-push.module.css';
import { PushToken } from './push-token.tsx';

/** Nothing was ever pushed: how to, in the commands that do it. The page goes on by itself when the push comes. */
export function FirstPush({ service }: { readonly service: Service }) {
  const repositories = useQuery(repositoriesQuery(service.project.slug));
  return (
    <div className={styles.page}>
      <p>
        <StateMark state="waiting" word="Waiting for the first push" />
      </p>
      <Loaded
        asked={repositories}
        problem="The repository could not be read"
        skeleton={<SkeletonRows rows={3} what="the repository" />}
      >
        {(all) => {
          const repository = all.find(({ id }) => id === service.repository?.id);
          if (!repository)
            return (
              <p className={styles.soft}>
                It has no repository yet. Give it one with the API, or push with `sconce deploy`.
              </p>
            );
          return repository.pushUrl ? (
            <Commands service={service} pushUrl={repository.pushUrl} branch={repository.defaultBranch} />
          ) : (
            <p>
              Push to <code>{plainLine(repository.fullName)}</code> on GitHub; what its branch rules name deploys here.
            </p>
          );
        }}
      </Loaded>
    </div>
  );
}

interface CommandsProps {
  readonly service: Service;
  readonly pushUrl: string;
  readonly branch: string;
}

function Commands({ service, pushUrl, branch }: CommandsProps) {
  return (
    <ol className={styles.steps}>
      <li>
        <p>In a repository with a Dockerfile whose process listens on the port it exposes:</p>
        <CommandLine what="command" text={`git remote add sconce ${pushUrl}`} />
      </li>
      <li>
        <p>Push. The password is a token; any user name will do.</p>
        <CommandLine what="command" text={`git push sconce HEAD:${branch}`} />
        <PushToken project={service.project.slug} repository={service.slug} />
      </li>
      <li>
        <p className={styles.soft}>
          This page goes on by itself when the push arrives: it is built, started, and live once it answers.
        </p>
      </li>
    </ol>
  );
}
