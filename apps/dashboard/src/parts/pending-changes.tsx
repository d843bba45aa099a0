import type { ReactNode } from 'react';
import type { Write } from '../api/use-write.ts';
import { plural } from '../words/duration.ts';
import { ReadSince } from '../words/unsure.ts';
import { AsCommand } from './as-command.tsx';
import { Button } from './button.tsx';
import { Check } from './check.tsx';
import styles from './pending-changes.module.css';
import { Problem } from './problem.tsx';

interface PendingChangesProps {
  readonly count: number;
  /** `Apply` and `applied`: what it is called here. */
  readonly verb: string;
  readonly done: string;
  readonly write: Pick<Write<unknown, void>, 'as' | 'isPending' | 'isSuccess' | 'error'> & {
    readonly mutate: () => void;
  };
  /** What somebody else did meanwhile: it is told before anything is sent. Null: nothing. */
  readonly overtaken: ReactNode;
  /** Something that was typed cannot be sent. */
  readonly isWrong?: boolean;
  /** Whether a release is made at once; null: that is not asked. */
  readonly deploy: boolean | null;
  readonly deployWords: string;
  readonly onDeploy: (deploy: boolean) => void;
  readonly onDiscard: () => void;
  readonly look?: 'raised';
  /** Differences, one in a line. */
  readonly children: ReactNode;
}

/** What was typed and not sent yet, as a difference, and sending it: with a release at once, or with the next one. */
export function PendingChanges(props: PendingChangesProps) {
  const { count, verb, done, write, overtaken, isWrong = false, deploy, deployWords, onDeploy, onDiscard } = props;
  if (count === 0)
    return (
      <p className={styles.said} role="status">
        {write.isSuccess || write.error instanceof ReadSince ? `${done[0]?.toUpperCase()}${done.slice(1)}.` : ''}
      </p>
    );
  return (
    <section className={styles.changes} data-look={props.look} aria-label={`Changes that are not ${done} yet`}>
      <ul className={styles.differences}>{props.children}</ul>
      {overtaken ?? (write.error ? <Problem error={write.error} what={`Nothing was ${done}`} /> : null)}
      <footer className={styles.footer}>
        <AsCommand {...write.as} />
        {deploy === null ? null : (
          <Check checked={deploy} onChange={onDeploy}>
            {deployWords}
          </Check>
        )}
        <Button onClick={onDiscard}>Discard</Button>
        <Button
          look="primary"
          busy={write.isPending}
          disabled={overtaken !== null || isWrong}
          onClick={() => write.mutate()}
        >
          {verb} {plural(count, 'change')}
        </Button>
      </footer>
    </section>
  );
}

interface DifferenceProps {
  readonly name: ReactNode;
  /** Null: there was nothing. */
  readonly from: string | null;
  /** Null: there will be nothing. */
  readonly to: string | null;
  readonly children?: ReactNode;
}

export function DifferenceLine({ name, from, to, children }: DifferenceProps) {
  return (
    <li className={styles.difference}>
      {name}
      {from === null ? null : <del>{from}</del>}
      {to === null ? null : <ins>{to}</ins>}
      {children}
    </li>
  );
}
