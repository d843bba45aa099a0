import { CommandLine } from '../../parts/as-command.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import styles from '../service/first-push.module.css';
import { PushToken } from '../service/push-token.tsx';

interface PushStepsProps {
  readonly project: string;
  readonly repository: string;
  readonly pushUrl: string;
  readonly branch: string;
}

/** Nothing was pushed yet: how to. The plan comes by itself when the push does. */
export function PushSteps({ project, repository, pushUrl, branch }: PushStepsProps) {
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
          <PushToken project={project} repository={repository} />
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
