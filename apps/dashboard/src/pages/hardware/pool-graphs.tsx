import type { PoolPoint } from '@sconce/contract';
import { useMemo } from 'react';
import { FigureTable } from '../../graph/figure-table.tsx';
import { GraphGrid } from '../../graph/graph-grid.tsx';
import type { Range } from '../../words/ranges.ts';
import { poolColumnsOf, poolGraphsOf } from './pool-graphs-of.ts';

interface PoolGraphsProps {
  readonly pool: string;
  readonly points: readonly PoolPoint[];
  readonly step: string;
  readonly range: Range;
  readonly has: { readonly disk: boolean; readonly gpus: boolean };
}

export function PoolGraphs({ pool, points, step, range, has: { disk, gpus } }: PoolGraphsProps) {
  const moments = useMemo(() => points.map(({ at }) => Date.parse(at) / 1000), [points]);
  const graphs = useMemo(() => poolGraphsOf(points, { disk, gpus }), [points, disk, gpus]);
  return (
    <>
      <GraphGrid graphs={graphs} moments={moments} marks={none} range={range} />
      <FigureTable of={pool} step={step} points={points} columns={poolColumnsOf({ disk, gpus })} />
    </>
  );
}

const none: readonly never[] = [];
