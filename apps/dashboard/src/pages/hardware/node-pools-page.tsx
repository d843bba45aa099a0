import type { Cluster } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { clustersQuery, nodePoolsQuery } from '../../api/project-queries.ts';
import { poolsPath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { RangeChoice } from '../../parts/range-choice.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import { Ago } from '../../parts/time.tsx';
import { readPoolUse } from '../../words/actions/read-actions.ts';
import { plural } from '../../words/duration.ts';
import { plainLine } from '../../words/plain-text.ts';
import { type Range, toRange } from '../../words/ranges.ts';
import styles from './node-pools.module.css';
import { Pool } from './pool.tsx';

/** Where replicas run: what there is, who holds it, what is free, and what is wrong. */
export function NodePoolsPage() {
  useTitle('Node pools');
  const [search] = useSearchParams();
  const range = toRange(search.get('range'));
  const clusters = useQuery(clustersQuery);
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <h1>Node pools</h1>
        <RangeChoice path={poolsPath} range={range} />
      </header>
      <Loaded
        asked={clusters}
        problem="The clusters could not be read"
        skeleton={<SkeletonRows rows={6} what="the clusters" />}
      >
        {(all) =>
          all.length === 0 ? (
            <p className={styles.soft}>
              No cluster has been looked at yet. It is, within seconds, once the scheduler runs and a container engine
              answers.
            </p>
          ) : (
            all.map((cluster) => <OneCluster key={cluster.name} cluster={cluster} range={range} />)
          )
        }
      </Loaded>
    </div>
  );
}

function OneCluster({ cluster, range }: { readonly cluster: Cluster; readonly range: Range }) {
  const { name, nodes, reachable, awaySince, warnings, added } = cluster;
  const pools = useQuery(nodePoolsQuery(name));
  return (
    <section className={styles.cluster} aria-labelledby={`cluster-${name}`}>
      <header className={styles.clusterHeader}>
        <h2 id={`cluster-${name}`}>{name}</h2>
        <StateMark state={reachable ? 'live' : 'failed'} word={reachable ? 'answers' : 'does not answer'} />
        <span className={styles.soft}>{plural(nodes, 'node')}</span>
        {added ? <span className={styles.soft}>{plainLine(added.server, 200)}</span> : null}
      </header>
      {awaySince ? (
        <p className={styles.warning} role="alert">
          It does not answer since <Ago at={awaySince} />. Services that run go on; nothing new starts there until it
          does. What stands here is what it said last.
        </p>
      ) : null}
      {warnings.length > 0 ? (
        <ul className={styles.warnings} aria-label="What is wrong">
          {warnings.map((warning) => (
            <li key={warning} className={styles.warning}>
              {plainLine(warning, 600)}
            </li>
          ))}
        </ul>
      ) : null}
      <Loaded
        asked={pools}
        problem="The node pools could not be read"
        skeleton={<SkeletonRows rows={4} what="the node pools" />}
      >
        {(all) => (
          <>
            {all.map((pool) => (
              <Pool key={pool.name} pool={pool} />
            ))}
          </>
        )}
      </Loaded>
      <AsCommand {...readPoolUse(name, range)} />
    </section>
  );
}
