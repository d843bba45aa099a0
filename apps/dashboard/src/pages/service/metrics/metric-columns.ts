import type { MetricPoint } from '@sconce/contract';
import type { Column } from '../../../graph/figure-table.tsx';
import { mebibytes } from '../../../words/bytes.ts';
import { cores, figure, latency, orDash, percent, perSecond } from '../../../words/figures.ts';

/** What the graphs show, figure by figure. */
export const metricColumns: readonly Column<MetricPoint>[] = [
  ['Requests', (point) => perSecond(point.requestsPerSecond)],
  ['5xx', (point) => perSecond(point.errorsPerSecond)],
  ['4xx', (point) => perSecond(point.refusedPerSecond)],
  ['p50', ({ latencyMs }) => orDash(latencyMs?.p50, latency)],
  ['p95', ({ latencyMs }) => orDash(latencyMs?.p95, latency)],
  ['p99', ({ latencyMs }) => orDash(latencyMs?.p99, latency)],
  ['In flight', (point) => figure(point.inFlight)],
  ['Waiting', (point) => figure(point.waiting)],
  ['Processor', (point) => orDash(point.cpuMilli, cores)],
  ['Memory', (point) => orDash(point.memoryMiB, mebibytes)],
  ['GPU', (point) => orDash(point.gpuPercent, percent)],
];
