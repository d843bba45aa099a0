import { type Service, stateOfService } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { rolloutsQuery } from '../../api/queries.ts';
import { buildPath, servicePath } from '../../app/paths.ts';
import { Lines } from '../../log/lines.tsx';
import { StateShape } from '../../parts/state-mark.tsx';
import { Ago } from '../../parts/time.tsx';
import { plainLine } from '../../words/plain-text.ts';
import { FailedBuildLines } from './failed-build-lines.tsx';
import styles from './last-failure.module.css';

/** Live all the same: nothing failed, and what is under way ends by itself. */
const noFailures: ReadonlySet<string> = new Set(['node_leaving']);

/** Why what should be live is not: the sentence, the lines that matter, what to try. */
export function LastFailure({ service }: { readonly service: Service }) {
  const { waiting, build, rollout } = service;
  const isMoving = ['moving', 'paused'].includes(stateOfService(service));
  const rollouts = useQuery({ ...rolloutsQuery(service.id), enabled: waiting !== null && !isMoving });
  if (waiting === null || isMoving || rollout) return null;
  const ofBuild = build !== null && build.reason === waiting.reason && build.since === waiting.since;
  const failed = ofBuild ? undefined : rollouts.data?.find(({ reason }) => reason === waiting.reason);
  const isFailure = !noFailures.has(waiting.reason);
  return (
    <div className={isFailure ? styles.failure : styles.wait}>
      <StateShape state={isFailure ? 'failed' : 'waiting'} />
      <div className={styles.body}>
        <p>
          <strong>
            {failed ? `${failed.release.name}: ` : ''}
            {plainLine(waiting.message, 500)}
          </strong>{' '}
          <span className={styles.soft}>
            <Ago at={waiting.since} />
          </span>
        </p>
        {waiting.hint ? <p className={styles.soft}>{waiting.hint}</p> : null}
        {ofBuild ? <FailedBuildLines build={build.id} /> : null}
        {failed && failed.lastLines.length > 0 ? (
          <Lines
            lines={failed.lastLines.slice(-10).map((line) => ({ ...line, text: line.text ?? '' }))}
            what="Its last lines"
          />
        ) : null}
        <p className={styles.links}>
          {ofBuild ? <Link href={buildPath(service.path, build.id)}>See the build</Link> : null}
          {failed ? (
            <Link href={`${servicePath(service.path, 'logs')}?release=${failed.release.name}`}>Its whole log</Link>
          ) : null}
        </p>
      </div>
    </div>
  );
}
