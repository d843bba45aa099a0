import { type Build, type Service, stateOfPhase } from '@sconce/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { isMissing } from '../../api/is-missing.ts';
import { buildQuery, buildsQuery, deliveryQuery, rolloutsQuery, serviceQuery } from '../../api/queries.ts';
import { releasePath, servicePath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { toSteps } from '../../log/steps.ts';
import { useLog } from '../../log/use-log.ts';
import { Commit } from '../../parts/commit.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { PushToLive } from '../../parts/push-to-live.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import { Clock } from '../../parts/time.tsx';
import { bytes } from '../../words/bytes.ts';
import { duration, took } from '../../words/duration.ts';
import { commitTitle, refName, shortSha } from '../../words/plain-text.ts';
import { toLiveMs, toStages } from '../../words/stages.ts';
import { usualBuildMs } from '../../words/usual.ts';
import { MissingPage } from '../missing/missing-page.tsx';
import { BuildActions } from './build-actions.tsx';
import { BuildFailure } from './build-failure.tsx';
import { BuildLog } from './build-log.tsx';
import styles from './build-page.module.css';
import { WhereItWent } from './where-it-went.tsx';

/** One build on its way from push to live. */
export function BuildPage({ path, id }: { readonly path: string; readonly id: string }) {
  const service = useQuery(serviceQuery(path));
  const build = useQuery(buildQuery(id));
  useTitle(build.data ? `Build of ${shortSha(build.data.commit.sha)}, ${path}` : `Build, ${path}`);
  if (isMissing(service.error) || isMissing(build.error)) return <MissingPage what="build" />;
  const both = {
    data: service.data && build.data ? { service: service.data, build: build.data } : undefined,
    error: build.error ?? service.error,
    refetch: () => Promise.all([build.refetch(), service.refetch()]),
  };
  return (
    <Loaded asked={both} problem="The build could not be read" skeleton={<SkeletonRows rows={8} what="the build" />}>
      {(shown) => <BuildShown {...shown} />}
    </Loaded>
  );
}

function BuildShown({ service, build }: { readonly service: Service; readonly build: Build }) {
  const log = useLog({ of: 'build', id: build.id, tail: null });
  const steps = toSteps(log.lines);
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <div className={styles.words}>
          <h1 dir="auto">{commitTitle(build.commit.message) || shortSha(build.commit.sha)}</h1>
          <p className={styles.facts}>
            <StateMark state={stateOfPhase(build.phase)} word={build.reusedBuild ? 'image reused' : build.phase} />
            <Commit commit={{ ...build.commit, message: '' }} />
            <CopyButton text={build.commit.sha} what="commit" />
            {build.commit.ref ? <span>{refName(build.commit.ref)}</span> : null}
            <span>
              <Clock at={build.createdAt} />
            </span>
          </p>
        </div>
        <BuildActions service={service} build={build} />
      </header>
      <Way service={service} build={build} />
      <BuildFailure build={build} steps={steps} />
      <Outcome service={service} build={build} />
      <WhereItWent service={service} build={build} />
      <BuildLog log={log} steps={steps} name={`build-${shortSha(build.commit.sha)}.log`} />
    </div>
  );
}

/** The row, what it took in all, and about how long it usually takes. */
function Way({ service, build }: { readonly service: Service; readonly build: Build }) {
  const release = build.targets.find((target) => target.service.id === service.id)?.release ?? null;
  const delivery = useQuery({ ...deliveryQuery(build.delivery ?? ''), enabled: build.delivery !== null }).data;
  const rollouts = useQuery({ ...rolloutsQuery(service.id), enabled: release !== null }).data;
  const builds = useInfiniteQuery(buildsQuery(service.id)).data?.pages.flatMap(({ data }) => data) ?? [];
  // The first rollout of the release: a later rollback to it is another story.
  const rollout = rollouts?.findLast((one) => one.release.id === release?.id) ?? null;
  const times = { receivedAt: delivery?.receivedAt ?? null, build, rollout };
  const total = toLiveMs(times);
  const usual = usualBuildMs(builds);
  return (
    <div className={styles.way}>
      <PushToLive stages={toStages(times)} />
      <p className={styles.soft}>
        {total !== null
          ? `${took(total)} from push to live`
          : build.phase === 'running' && usual !== null
            ? `Builds usually take about ${duration(usual)}`
            : ''}
      </p>
    </div>
  );
}

/** What it made, where it went, and what its parts took. */
function Outcome({ service, build }: { readonly service: Service; readonly build: Build }) {
  const { image, timings, reusedBuild } = build;
  const { queuedMs, fetchMs, buildMs } = timings;
  const parts = [
    queuedMs !== undefined ? `waited ${took(queuedMs)}` : null,
    fetchMs !== undefined ? `fetched in ${took(fetchMs)}` : null,
    buildMs !== undefined ? `built in ${took(buildMs)}` : null,
  ].filter((part) => part !== null);
  return (
    <ul className={styles.outcome}>
      {build.targets.map(({ service: of, release, message }) => (
        <li key={of.id}>
          {of.id === service.id ? null : <Link href={servicePath(of.path)}>{of.path}</Link>}
          {release ? (
            <span>
              became <Link href={releasePath(of.path, release.name)}>{release.name}</Link>
            </span>
          ) : message && message !== build.message ? (
            <span>{message}</span>
          ) : null}
        </li>
      ))}
      {reusedBuild ? (
        <li>
          <span>The image of an earlier build was taken: same files, same settings.</span>
        </li>
      ) : null}
      {image?.sizeBytes ? <li>image of {bytes(image.sizeBytes)}</li> : null}
      {image && parts.length > 0 ? <li className={styles.soft}>{parts.join(', ')}</li> : null}
    </ul>
  );
}
