import type { NodePool } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { Suspense } from 'react';
import { useSearchParams } from 'wouter';
import { clusterMetricsQuery } from '../../api/project-queries.ts';
import { laterPage } from '../../app/load-page.ts';
import { GraphsToCome } from '../../graph/graphs-to-come.tsx';
import { isUnmeasured } from '../../live/measured-clusters.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { plainLine } from '../../words/plain-text.ts';
import { type Range, rangeWords, toRange } from '../../words/ranges.ts';
import styles from './node-pools.module.css';
import { poolGraphCount } from './pool-graphs-of.ts';

const PoolGraphs = laterPage(() => import('./pool-graphs.tsx'), 'PoolGraphs');

/** How much of a pool was used over time. */
export function PoolUse({ pool }: { readonly pool: NodePool }) {
  const [search] = useSearchParams();
  const range = toRange(search.get('range'));
  const metrics = useQuery(clusterMetricsQuery(pool.cluster, range));
  const has = { disk: pool.diskMiB !== null, gpus: pool.gpus.length > 0 };
  const skeleton = (
    <>
      <GraphsToCome count={poolGraphCount(has)} />
      <span className={styles.foldToCome} />
    </>
  );
  return (
    <div className={styles.use}>
      <Loaded asked={metrics} problem="The figures could not be read" skeleton={skeleton}>
        {({ pools, step }) => {
          const points = pools.find((one) => one.pool === pool.name)?.points ?? [];
          if (isUnmeasured(points)) return <NothingMeasured range={range} />;
          return (
            <Suspense fallback={skeleton}>
              <PoolGraphs pool={plainLine(pool.name, 80)} points={points} step={step} range={range} has={has} />
            </Suspense>
          );
        }}
      </Loaded>
    </div>
  );
}

function NothingMeasured({ range }: { readonly range: Range }) {
  return (
    <p className={styles.soft}>
      Its use was not measured in {rangeWords[range]}. It is every ten seconds, and shows here, while the scheduler runs
      on the same machine.
    </p>
  );
}
