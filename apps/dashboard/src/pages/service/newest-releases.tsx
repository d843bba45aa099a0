import type { Release, Service } from '@sconce/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { releasesQuery } from '../../api/queries.ts';
import { releasePath, servicePath } from '../../app/paths.ts';
import { Commit } from '../../parts/commit.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import table from '../../parts/table.module.css';
import { Ago } from '../../parts/time.tsx';
import { stateOfRelease } from '../../words/release-words.ts';

const shown = 5;

export function NewestReleases({ service }: { readonly service: Service }) {
  const releases = useInfiniteQuery(releasesQuery(service.id));
  const all = { ...releases, data: releases.data?.pages[0]?.data };
  return (
    <Section title="Releases" aside={<Link href={servicePath(service.path, 'releases')}>All of them</Link>}>
      <Loaded
        asked={all}
        problem="The releases could not be read"
        skeleton={<SkeletonRows rows={shown} what="releases" />}
      >
        {(newest) => (
          <div className={table.scroll}>
            <table className={table.table}>
              <thead>
                <tr>
                  <th scope="col">Release</th>
                  <th scope="col">State</th>
                  <th scope="col">Commit</th>
                  <th scope="col" data-end>
                    Made
                  </th>
                </tr>
              </thead>
              <tbody>
                {newest.slice(0, shown).map((release) => (
                  <Row key={release.id} release={release} service={service} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </Section>
  );
}

function Row({ release, service }: { readonly release: Release; readonly service: Service }) {
  const state = stateOfRelease(release, service);
  return (
    <tr>
      <td data-mono>
        <Link href={releasePath(service.path, release.name)} data-row>
          {release.name}
        </Link>
      </td>
      <td>{state ? <StateMark state={state.state} word={state.word} /> : null}</td>
      <td data-wide>
        <Commit commit={release.commit} author={false} />
      </td>
      <td data-end data-soft>
        <Ago at={release.createdAt} />
      </td>
    </tr>
  );
}
