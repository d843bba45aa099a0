import type { Release, Service } from '@sconce/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import { isMissing } from '../../api/is-missing.ts';
import { releaseQuery, releasesQuery, serviceQuery } from '../../api/queries.ts';
import { buildPath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { Commit } from '../../parts/commit.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import { Clock } from '../../parts/time.tsx';
import { stateOfRelease } from '../../words/release-words.ts';
import { causeWords, commitLine } from '../../words/service-words.ts';
import { MissingPage } from '../missing/missing-page.tsx';
import { RollBackButton } from '../service/roll-back.tsx';
import { Differences } from './differences.tsx';
import { FrozenSettings } from './frozen-settings.tsx';
import styles from './releases.module.css';
import { canGoBackTo } from './releases-page.tsx';

/** One release: what it is, and what it has otherwise than any other. */
export function ReleasePage({ path, name }: { readonly path: string; readonly name: string }) {
  useTitle(`${name}, ${path}`);
  const [search] = useSearchParams();
  const service = useQuery(serviceQuery(path));
  const id = service.data?.id;
  const asked = search.get('compare');
  const compare = asked === null || asked === name ? otherThan(name, service.data) : asked;
  const release = useQuery({ ...releaseQuery(id ?? '', `${path}/${name}`, compare), enabled: id !== undefined });
  if (isMissing(service.error) || isMissing(release.error)) return <MissingPage what="release" />;
  const both = {
    data: service.data && release.data ? { service: service.data, release: release.data } : undefined,
    error: release.error ?? service.error,
    refetch: () => Promise.all([service.refetch(), release.refetch()]),
  };
  return (
    <Loaded
      asked={both}
      problem="The release could not be read"
      skeleton={<SkeletonRows rows={8} what="the release" />}
    >
      {(shown) => <ReleaseShown {...shown} compare={compare} />}
    </Loaded>
  );
}

/** Against what is live, or, of what is live itself, what was before it by number. */
function otherThan(name: string, service: Service | undefined): string | null {
  const live = service?.live?.release.name ?? null;
  if (live !== name) return live;
  const number = Number(name.slice(1));
  return number > 1 ? `r${number - 1}` : null;
}

interface ShownProps {
  readonly service: Service;
  readonly release: Release;
  readonly compare: string | null;
}

function ReleaseShown({ service, release, compare }: ShownProps) {
  const state = stateOfRelease(release, service);
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <div>
          <h1>{release.name}</h1>
          <p className={styles.facts}>
            {state ? <StateMark state={state.state} word={state.word} /> : <span>was live</span>}
            <span>{causeWords(release.cause)}</span>
            <span>
              made <Clock at={release.createdAt} />
            </span>
            {release.liveAt ? (
              <span>
                first live <Clock at={release.liveAt} />
              </span>
            ) : null}
            {release.build ? <Link href={buildPath(service.path, release.build)}>Its build</Link> : null}
          </p>
          <p>
            <Commit commit={release.commit} />
          </p>
          <p className={styles.facts}>
            <span>
              <code>{release.image.digest.slice(0, 19)}</code>{' '}
              <CopyButton text={release.image.digest} what="image digest" />
            </span>
            {release.image.collected ? <span>The image was collected: build its commit again to run it.</span> : null}
          </p>
        </div>
        {canGoBackTo(release) ? <RollBackButton service={service} release={release.name} /> : null}
      </header>
      <Section title="Compared" aside={<Against service={service} release={release} compare={compare} />}>
        {release.compared ? (
          <Differences compared={release.compared} name={release.name} />
        ) : (
          <p className={styles.soft}>There is no other to compare it with.</p>
        )}
      </Section>
      <Section title="As it was made">
        <FrozenSettings release={release} />
      </Section>
    </div>
  );
}

/** Which other; in the address, so that it can be sent to somebody. */
function Against({ service, release, compare }: ShownProps) {
  const [, setSearch] = useSearchParams();
  const releases = useInfiniteQuery(releasesQuery(service.id));
  const others = (releases.data?.pages.flatMap(({ data }) => data) ?? []).filter(({ id }) => id !== release.id);
  if (others.length === 0) return null;
  // One that is older than those that were read.
  const isBeyond = compare !== null && !others.some((other) => other.name === compare || other.id === compare);
  return (
    <label className={styles.against}>
      with
      <select
        className={styles.select}
        value={others.find(({ id }) => id === compare)?.name ?? compare ?? ''}
        onChange={(event) => setSearch({ compare: event.target.value })}
      >
        {isBeyond ? <option value={compare}>{release.compared?.release.name ?? compare}</option> : null}
        {others.map((other) => (
          <option key={other.id} value={other.name}>
            {other.name} {commitLine(other.commit)}
          </option>
        ))}
      </select>
    </label>
  );
}
