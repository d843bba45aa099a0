import type { Build } from '@sconce/contract';
import { Lines } from '../../log/lines.tsx';
import { linesThatMatter, type Step } from '../../log/steps.ts';
import { StateShape } from '../../parts/state-mark.tsx';
import { plainLine } from '../../words/plain-text.ts';
import styles from '../service/last-failure.module.css';

/** Leads with the sentence, then the lines that matter, then what to try. The whole log follows. */
export function BuildFailure({ build, steps }: { readonly build: Build; readonly steps: readonly Step[] }) {
  if (build.phase !== 'failed') return null;
  const lines = linesThatMatter(steps);
  return (
    <div className={styles.failure}>
      <StateShape state="failed" />
      <div className={styles.body}>
        <p>
          <strong>{plainLine(build.message ?? build.reason ?? 'The build failed.', 500)}</strong>
        </p>
        {lines.length > 0 ? <Lines lines={lines} what="The lines that matter" /> : null}
        {build.hint ? <p className={styles.soft}>{build.hint}</p> : null}
      </div>
    </div>
  );
}
