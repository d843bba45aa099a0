import type { PoolPoint } from '@sconce/contract';
import type { Column } from '../../graph/figure-table.tsx';
import { type GraphOf, graphsFrom } from '../../graph/graph-set.ts';
import { mebibytes } from '../../words/bytes.ts';
import { cores, figure, orDash, percent } from '../../words/figures.ts';

type Has = Readonly<Record<'disk' | 'gpus', boolean>>;

/** Graphs of what cannot be seen, or is not there, are left out. */
export function poolGraphsOf(points: readonly PoolPoint[], has: Has): readonly GraphOf[] {
  const graph = graphsFrom(points);
  return [
    graph('Processor', cores, ['processor', 'a', (point) => point.cpuMilli]),
    graph('Memory', mebibytes, ['memory', 'a', (point) => point.memoryMiB]),
    ...(has.disk ? [graph('Disk', mebibytes, ['disk', 'a', (point) => point.diskUsedMiB])] : []),
    ...(has.gpus
      ? [
          graph('GPUs held', figure, ['GPUs held', 'a', (point) => point.gpusHeld]),
          graph('GPU use', percent, ['GPU use', 'a', (point) => point.gpuPercent]),
          graph('GPU memory', mebibytes, ['GPU memory', 'a', (point) => point.gpuMemoryMiB]),
        ]
      : []),
  ];
}

/** How many graphs there are to come. */
export const poolGraphCount = ({ disk, gpus }: Has): number => 2 + (disk ? 1 : 0) + (gpus ? 3 : 0);

export function poolColumnsOf(has: Has): readonly Column<PoolPoint>[] {
  return [
    ['Processor', ({ cpuMilli }) => orDash(cpuMilli, cores)],
    ['Memory', ({ memoryMiB }) => orDash(memoryMiB, mebibytes)],
    ...(has.disk ? [['Disk', ({ diskUsedMiB }) => orDash(diskUsedMiB, mebibytes)] satisfies Column<PoolPoint>] : []),
    ...(has.gpus
      ? ([
          ['GPUs held', ({ gpusHeld }) => orDash(gpusHeld, figure)],
          ['GPU use', ({ gpuPercent }) => orDash(gpuPercent, percent)],
          ['GPU memory', ({ gpuMemoryMiB }) => orDash(gpuMemoryMiB, mebibytes)],
        ] satisfies Column<PoolPoint>[])
      : []),
  ];
}
