import type { Service } from '@sconce/contract';
import { StateShape } from '../../parts/state-mark.tsx';
import { Elapsed } from '../../parts/time.tsx';
import { plainLine } from '../../words/plain-text.ts';
import { movingPhase } from '../../words/service-words.ts';
import styles from './happening-now.module.css';

/** What is under way, or why what should be live is not; nothing where all is as it should be. */
export function HappeningNow({ service }: { readonly service: Service }) {
  const phase = movingPhase(service);
  if (phase)
    return (
      <span className={styles.now}>
        <StateShape state={service.rollout?.phase === 'paused' ? 'paused' : 'moving'} />
        <span className={styles.words}>{phase.words}</span>
        <span className={styles.since}>
          <Elapsed since={phase.since} />
        </span>
      </span>
    );
  if (service.waiting)
    return (
      <span className={styles.now} title={service.waiting.hint ?? undefined}>
        <StateShape state="failed" />
        <span className={styles.words}>{plainLine(service.waiting.message)}</span>
      </span>
    );
  if (service.pinned)
    return (
      <span className={styles.now}>
        <StateShape state="paused" />
        <span className={styles.words}>Pinned: pushes build and do not deploy</span>
      </span>
    );
  return null;
}
