import type { MetricPoint } from '@sconce/contract';
import { type GraphOf, graphsFrom } from '../../../graph/graph-set.ts';
import { mebibytes } from '../../../words/bytes.ts';
import { cores, figure, latency, percent, perSecond } from '../../../words/figures.ts';

/** The graphs of a service; those of GPUs where it has one. */
export function graphsOf(points: readonly MetricPoint[]): readonly GraphOf[] {
  const graph = graphsFrom(points);
  const hasGpu = points.some(({ gpuMemoryMiB, gpuPercent }) => gpuMemoryMiB !== null || gpuPercent !== null);
  return [
    graph('Requests', perSecond, ['requests', 'a', (point) => point.requestsPerSecond]),
    graph(
      'Latency',
      latency,
      ['p50', 'a', ({ latencyMs }) => latencyMs?.p50 ?? null],
      ['p95', 'b', ({ latencyMs }) => latencyMs?.p95 ?? null],
      ['p99', 'c', ({ latencyMs }) => latencyMs?.p99 ?? null],
    ),
    graph(
      'Errors',
      perSecond,
      ['5xx', 'failed', (point) => point.errorsPerSecond],
      ['4xx', 'b', (point) => point.refusedPerSecond],
    ),
    graph(
      'At once',
      figure,
      ['in flight', 'a', (point) => point.inFlight],
      ['waiting', 'waiting', (point) => point.waiting],
    ),
    graph('Processor', cores, ['processor', 'a', (point) => point.cpuMilli]),
    graph('Memory', mebibytes, ['memory', 'a', (point) => point.memoryMiB]),
    ...(hasGpu
      ? [
          graph('GPU use', percent, ['GPU use', 'a', (point) => point.gpuPercent]),
          graph('GPU memory', mebibytes, ['GPU memory', 'a', (point) => point.gpuMemoryMiB]),
        ]
      : []),
  ];
}
