import type { Service } from '@sconce/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { buildQuery, buildsQuery, deliveryQuery, rolloutsQuery } from '../../api/queries.ts';
import { buildPath } from '../../app/paths.ts';
import { PushToLive } from '../../parts/push-to-live.tsx';
import { duration, spokenDuration } from '../../words/duration.ts';
import { commitLine, movingPhase } from '../../words/service-words.ts';
import { toStages } from '../../words/stages.ts';
import { usualBuildMs } from '../../words/usual.ts';
import styles from './under-way.module.css';

/** What comes next while it comes: the row from push to live, how long it usually takes, and where to watch. */
export function UnderWay({ service }: { readonly service: Service }) {
  const phase = movingPhase(service);
  return phase ? <Moving key={phase.of.id} service={service} words={phase.words} /> : null;
}

function Moving({ service, words }: { readonly service: Service; readonly words: string }) {
  const rollouts = useQuery(rolloutsQuery(service.id));
  const builds = useInfiniteQuery(buildsQuery(service.id));
  const all = builds.data?.pages.flatMap(({ data }) => data) ?? [];
  const rollout = rollouts.data?.find(({ id }) => id === service.rollout?.id) ?? null;
  const listed = rollout
    ? all.find(({ targets }) => targets.some((target) => target.release?.id === rollout.release.id))
    : all.find(({ id }) => id === service.build?.id);
  const build =
    useQuery({ ...buildQuery(listed?.id ?? ''), enabled: listed !== undefined, initialData: listed }).data ?? null;
  const delivery = useQuery({ ...deliveryQuery(build?.delivery ?? ''), enabled: !!build?.delivery }).data ?? null;
  const usual = usualBuildMs(all);
  const commit = build?.commit ?? service.build?.commit ?? null;
  return (
    <div className={styles.next}>
      <p className={styles.words}>
        <span>Next: {words}</span>
        <span className={styles.soft}>{commitLine(commit)}</span>
        {!rollout && usual !== null ? (
          <span className={styles.soft} title={`builds usually take ${spokenDuration(usual)}`}>
            of about {duration(usual)}
          </span>
        ) : null}
        {build ? <Link href={buildPath(service.path, build.id)}>Watch</Link> : null}
      </p>
      <PushToLive stages={toStages({ receivedAt: delivery?.receivedAt ?? null, build, rollout })} />
    </div>
  );
}
