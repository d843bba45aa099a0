import type { Build, Service } from '@sconce/contract';
import { stateOfPhase } from '@sconce/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { isMissing } from '../../api/is-missing.ts';
import { buildsQuery, serviceQuery } from '../../api/queries.ts';
import { buildPath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { Button } from '../../parts/button.tsx';
import { Commit } from '../../parts/commit.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import table from '../../parts/table.module.css';
import { Ago, Elapsed } from '../../parts/time.tsx';
import { took } from '../../words/duration.ts';
import { plainLine, refName } from '../../words/plain-text.ts';
import { MissingPage } from '../missing/missing-page.tsx';
import styles from './builds-page.module.css';

/** Every build of a service, newest first, and what became of it. */
export function BuildsPage({ path }: { readonly path: string }) {
  useTitle(`Builds of ${path}`);
  const service = useQuery(serviceQuery(path));
  if (isMissing(service.error)) return <MissingPage what="service" />;
  return (
    <>
      <h1 className={styles.title}>Builds</h1>
      <Loaded
        asked={service}
        problem="The service could not be read"
        skeleton={<SkeletonRows rows={8} what="builds" />}
      >
        {(shown) => <Builds service={shown} />}
      </Loaded>
    </>
  );
}

function Builds({ service }: { readonly service: Service }) {
  const builds = useInfiniteQuery(buildsQuery(service.id));
  const all = { ...builds, data: builds.data?.pages.flatMap(({ data }) => data) };
  return (
    <Loaded asked={all} problem="The builds could not be read" skeleton={<SkeletonRows rows={8} what="builds" />}>
      {(list) =>
        list.length === 0 ? (
          <p className={styles.none}>Nothing was built yet. A push begins the first build.</p>
        ) : (
          <>
            <BuildTable builds={list} service={service} />
            {builds.hasNextPage ? (
              <p className={styles.more}>
                <Button onClick={() => void builds.fetchNextPage()} busy={builds.isFetchingNextPage}>
                  Older builds
                </Button>
              </p>
            ) : null}
          </>
        )
      }
    </Loaded>
  );
}

function BuildTable({ builds, service }: { readonly builds: readonly Build[]; readonly service: Service }) {
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Commit</th>
            <th scope="col">Branch</th>
            <th scope="col">Became</th>
            <th scope="col" data-end>
              Took
            </th>
            <th scope="col" data-end>
              Begun
            </th>
          </tr>
        </thead>
        <tbody>
          {builds.map((build) => (
            <Row key={build.id} build={build} service={service} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ build, service }: { readonly build: Build; readonly service: Service }) {
  const { phase, commit, createdAt, startedAt, endedAt } = build;
  const target = build.targets.find((one) => one.service.id === service.id);
  const why = build.message ?? target?.message ?? null;
  return (
    <tr>
      <td>
        <StateMark state={stateOfPhase(phase)} word={build.reusedBuild ? 'image reused' : phase} />
      </td>
      <td data-wide>
        <Link href={buildPath(service.path, build.id)} data-row className={styles.link}>
          <Commit commit={commit} />
        </Link>
      </td>
      <td data-soft>{commit.ref ? refName(commit.ref) : ''}</td>
      <td className={styles.became} title={why ?? undefined}>
        {target?.release ? <code>{target.release.name}</code> : why ? <span>{plainLine(why, 80)}</span> : null}
      </td>
      <td data-end data-mono>
        {startedAt && endedAt ? (
          took(Date.parse(endedAt) - Date.parse(startedAt))
        ) : startedAt ? (
          <Elapsed since={startedAt} />
        ) : (
          ''
        )}
      </td>
      <td data-end data-soft>
        <Ago at={createdAt} />
      </td>
    </tr>
  );
}
