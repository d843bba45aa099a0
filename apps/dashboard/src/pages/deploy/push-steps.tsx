import { useMutation } from '@tanstack/react-query';
import { client } from '../../api/client.ts';
import { useMay } from '../../api/rights.ts';
import { CommandLine } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Problem } from '../../parts/problem.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import styles from '../service/first-push.module.css';

interface PushStepsProps {
  readonly project: string;
  readonly repository: string;
  readonly pushUrl: string;
  readonly branch: string;
}

/** Nothing was pushed yet: how to. The plan comes by itself when the push does. */
export function PushSteps({ project, repository, pushUrl, branch }: PushStepsProps) {
  const may = useMay(project, 'admin');
  const token = useMutation({
    mutationFn: () =>
      client.createToken({
        body: { kind: 'service', name: `git push to ${repository}`, scopes: ['deploy'], project },
      }),
  });
  return (
    <div className={styles.page}>
      <p>
        <StateMark state="waiting" word="Waiting for the first push" />
      </p>
      <ol className={styles.steps}>
        <li>
          <p>In a repository with a Dockerfile:</p>
          <CommandLine what="command" text={`git remote add sconce ${pushUrl}`} />
        </li>
        <li>
          <p>Push. The password is a token; any user name will do.</p>
          <CommandLine what="command" text={`git push sconce HEAD:${branch}`} />
          {token.data ? (
            <div className={styles.token}>
              <CommandLine what="token" text={token.data.token} />
              <p className={styles.soft}>Shown this once. It pushes and deploys in {project}, and nothing else.</p>
            </div>
          ) : may ? (
            <div>
              <Button onClick={() => token.mutate()} busy={token.isPending}>
                Make a token for it
              </Button>
            </div>
          ) : null}
          {token.error ? <Problem error={token.error} what="The token could not be made" /> : null}
        </li>
        <li>
          <p className={styles.soft}>
            What was pushed is looked at, and the plan shows here. Nothing runs before you say so.
          </p>
        </li>
      </ol>
    </div>
  );
}
