import type { ServiceMetrics } from '@sconce/contract';
import { useMemo } from 'react';
import { FigureTable } from '../../../graph/figure-table.tsx';
import { GraphGrid } from '../../../graph/graph-grid.tsx';
import { AsCommand } from '../../../parts/as-command.tsx';
import { readMetrics } from '../../../words/actions/read-actions.ts';
import type { Range } from '../../../words/ranges.ts';
import { graphsOf } from './graphs-of.ts';
import { metricColumns } from './metric-columns.ts';
import styles from './service-metrics.module.css';

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
      <GraphGrid graphs={graphs} moments={moments} marks={marks} range={range} />
      <div className={styles.folds}>
        <FigureTable step={metrics.step} points={points} columns={metricColumns} />
        <AsCommand {...readMetrics(metrics.service.path, range)} />
      </div>
    </>
  );
}
