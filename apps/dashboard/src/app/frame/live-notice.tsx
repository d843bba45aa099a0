import { useLiveStatus } from '../../live/live-status.ts';
import { StateShape } from '../../parts/state-mark.tsx';
import { Clock, Elapsed } from '../../parts/time.tsx';
import styles from './live-notice.module.css';

/** Says when what is shown does not move by itself; what is there stays. */
export function LiveNotice() {
  const status = useLiveStatus();
  return (
    <div role="status">
      {status.is === 'down' ? (
        <p className={styles.notice}>
          <StateShape state="waiting" />
          <span>
            Not connected since <Clock at={new Date(status.sinceMs).toISOString()} />: what you see is{' '}
            <Elapsed since={new Date(status.sinceMs).toISOString()} /> old. It goes on by itself when the API answers
            again.
          </span>
        </p>
      ) : null}
    </div>
  );
}
