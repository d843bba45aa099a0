import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Problem } from '../parts/problem.tsx';
import { digits } from '../words/digits.ts';
import type { LogBuffer } from './log-buffer.ts';
import styles from './log-state.module.css';

interface LogStateProps {
  readonly log: LogBuffer;
  /** `The build’s log` */
  readonly what: string;
  readonly following: boolean;
  readonly onFollow: () => void;
}

/** Below a log: whether it moves, how much of it is here, and the way back to its end. */
export function LogState({ log, what, following, onFollow }: LogStateProps) {
  const { state, lines, dropped } = log;
  if (typeof state === 'object') return <Problem error={state.error} what={`${what} could not be read`} />;
  const count = `${digits(lines.length)} ${lines.length === 1 ? 'line' : 'lines'}`;
  return (
    <p className={styles.state}>
      <span>
        {dropped > 0 ? `The last ${count}` : count}
        {state === 'reconnecting' ? '; the connection broke, it goes on by itself' : ''}
        {state === 'ended' ? '; it has ended' : ''}
      </span>
      {following ? null : (
        <Button look="quiet" onClick={onFollow}>
          <Icon name="down" /> To the end
        </Button>
      )}
    </p>
  );
}
