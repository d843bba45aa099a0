import { spokenDuration, took } from '../words/duration.ts';
import type { Stage } from '../words/stages.ts';
import styles from './push-to-live.module.css';
import { Elapsed } from './time.tsx';

/** From push to live in one row: what is done with what it took, what is under way counting, what is to come. */
export function PushToLive({ stages }: { readonly stages: readonly Stage[] }) {
  return (
    <ol className={styles.row} aria-label="From push to live">
      {stages.map(({ name, is, ms, since }) => (
        <li key={name} className={styles.stage} data-is={is}>
          <span className={styles.dot} aria-hidden="true" />
          <span className={styles.name}>{name}</span>
          <span className={styles.time}>
            {ms !== null ? <span title={spokenDuration(ms)}>{took(ms)}</span> : null}
            {since !== null ? <Elapsed since={since} /> : null}
          </span>
          <span className="visually-hidden">{is}</span>
        </li>
      ))}
    </ol>
  );
}
