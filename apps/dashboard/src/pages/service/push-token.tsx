import { client } from '../../api/client.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand, CommandLine } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Problem } from '../../parts/problem.tsx';
import { createToken, pushToken } from '../../words/actions/token-actions.ts';
import styles from './first-push.module.css';

interface PushTokenProps {
  readonly project: string;
  /** For its name: a slug. */
  readonly repository: string;
}

/** The password of a push, for those who may make one. */
export function PushToken({ project, repository }: PushTokenProps) {
  const may = useMay(project, 'admin');
  const body = pushToken(project, repository);
  const token = useWrite({ as: createToken(body), mutationFn: () => client.createToken({ body }) });
  if (token.data)
    return (
      <div className={styles.token}>
        <CommandLine what="token" text={token.data.token} />
        <p className={styles.soft}>Shown this once. It pushes and deploys in {project}, and nothing else.</p>
      </div>
    );
  if (!may) return null;
  return (
    <div className={styles.token}>
      <div>
        <Button onClick={() => token.mutate()} busy={token.isPending}>
          Make a token for it
        </Button>
      </div>
      {token.error ? <Problem error={token.error} what="The token could not be made" /> : null}
      <AsCommand {...token.as} />
    </div>
  );
}
