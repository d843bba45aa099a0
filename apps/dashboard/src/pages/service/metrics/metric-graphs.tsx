import type { ServiceMetrics } from '@sconce/contract';
import { useMemo } from 'react';
import { Graph } from '../../../graph/graph.tsx';
import { AsCommand } from '../../../parts/as-command.tsx';
import { readMetrics } from '../../../words/actions/read-actions.ts';
import type { Range } from '../../../words/ranges.ts';
import { graphsOf } from './graphs-of.ts';
import { MetricTable } from './metric-table.tsx';
import styles from './service-metrics.module.css';
import { summaryOf } from './summary-of.ts';

export function MetricGraphs({ metrics, range }: { readonly metrics: ServiceMetrics; readonly range: Range }) {
  const points = useMemo(() => metrics.series[0]?.points ?? [], [metrics]);
  const moments = useMemo(() => points.map(({ at }) => Date.parse(at) / 1000), [points]);
  const graphs = useMemo(() => graphsOf(points), [points]);
  const marks = useMemo(
    () => metrics.marks.map(({ at, release }) => ({ at: Date.parse(at) / 1000, name: release.name })),
    [metrics],
  );
  return (
    <>
      <div className={styles.graphs}>
        {graphs.map(({ title, lines, words, binary }) => (
          <Graph
            key={title}
            title={title}
            summary={summaryOf({ title, lines, words }, moments, range)}
            moments={moments}
            lines={lines}
            marks={marks}
            words={words}
            binary={binary}
          />
        ))}
      </div>
      <div className={styles.folds}>
        <MetricTable metrics={metrics} points={points} />
        <AsCommand {...readMetrics(metrics.service.path, range)} />
      </div>
    </>
  );
}
