import type { Release, Service } from '@sconce/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { isMissing } from '../../api/is-missing.ts';
import { releasesQuery, serviceQuery } from '../../api/queries.ts';
import { releasePath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { Button } from '../../parts/button.tsx';
import { Commit } from '../../parts/commit.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import table from '../../parts/table.module.css';
import { Ago } from '../../parts/time.tsx';
import { stateOfRelease } from '../../words/release-words.ts';
import { causeWords } from '../../words/service-words.ts';
import { MissingPage } from '../missing/missing-page.tsx';
import { PinNotice } from '../service/pin-notice.tsx';
import { RollBackButton } from '../service/roll-back.tsx';
import styles from './releases.module.css';

/** Everything that was ever to run here, newest first, and the way back to any of it. */
export function ReleasesPage({ path }: { readonly path: string }) {
  useTitle(`Releases of ${path}`);
  const service = useQuery(serviceQuery(path));
  if (isMissing(service.error)) return <MissingPage what="service" />;
  return (
    <>
      <h1 className={styles.title}>Releases</h1>
      <Loaded
        asked={service}
        problem="The service could not be read"
        skeleton={<SkeletonRows rows={8} what="releases" />}
      >
        {(shown) => (
          <>
            <PinNotice service={shown} />
            <Releases service={shown} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Releases({ service }: { readonly service: Service }) {
  const releases = useInfiniteQuery(releasesQuery(service.id));
  const all = { ...releases, data: releases.data?.pages.flatMap(({ data }) => data) };
  return (
    <Loaded asked={all} problem="The releases could not be read" skeleton={<SkeletonRows rows={8} what="releases" />}>
      {(list) =>
        list.length === 0 ? (
          <p className={styles.soft}>
            There is none yet. Each build that succeeds, and each change that is deployed, makes one.
          </p>
        ) : (
          <>
            <ReleaseTable releases={list} service={service} />
            {releases.hasNextPage ? (
              <p className={styles.more}>
                <Button onClick={() => void releases.fetchNextPage()} busy={releases.isFetchingNextPage}>
                  Older releases
                </Button>
              </p>
            ) : null}
          </>
        )
      }
    </Loaded>
  );
}

function ReleaseTable({ releases, service }: { readonly releases: readonly Release[]; readonly service: Service }) {
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Release</th>
            <th scope="col">State</th>
            <th scope="col">Commit</th>
            <th scope="col" className={styles.spare}>
              Made by
            </th>
            <th scope="col" data-end>
              First live
            </th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {releases.map((release) => (
            <Row key={release.id} release={release} service={service} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ release, service }: { readonly release: Release; readonly service: Service }) {
  const state = stateOfRelease(release, service);
  return (
    <tr className={styles.row}>
      <td data-mono>
        <Link href={releasePath(service.path, release.name)} data-row>
          {release.name}
        </Link>
      </td>
      <td>{state ? <StateMark state={state.state} word={state.word} /> : null}</td>
      <td data-wide className={styles.commit}>
        <Commit commit={release.commit} />
      </td>
      <td data-soft className={styles.spare}>
        {causeWords(release.cause)}
      </td>
      <td data-end data-soft>
        {release.liveAt ? <Ago at={release.liveAt} /> : null}
      </td>
      <td data-end>
        {canGoBackTo(release) ? <RollBackButton service={service} release={release.name} look="quiet" /> : null}
      </td>
    </tr>
  );
}

/** It was live, is not now, and its image is still there. */
export const canGoBackTo = ({ live, desired, liveAt, image }: Release): boolean =>
  liveAt !== null && !live && !desired && !image.collected;
