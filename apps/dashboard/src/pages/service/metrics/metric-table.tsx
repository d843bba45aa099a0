import type { MetricPoint, ServiceMetrics } from '@sconce/contract';
import { useState } from 'react';
import table from '../../../parts/table.module.css';
import { Clock } from '../../../parts/time.tsx';
import { mebibytes } from '../../../words/bytes.ts';
import { cores, figure, latency, percent, perSecond } from '../../../words/figures.ts';
import { clockOfLine, exactly } from '../../../words/moment.ts';
import styles from './service-metrics.module.css';

/** A page of rows; more of them are said by the API. */
const rows = 120;

/** The same figures to be read one by one, newest first. Made when somebody opens it. */
export function MetricTable({
  metrics,
  points,
}: {
  readonly metrics: ServiceMetrics;
  readonly points: readonly MetricPoint[];
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.fold} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen ? <Rows points={points.slice(-rows).toReversed()} step={metrics.step} /> : null}
    </details>
  );
}

function Rows({ points, step }: { readonly points: readonly MetricPoint[]; readonly step: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable from the keyboard.
    <section className={table.scroll} tabIndex={0} aria-label={`Figures in steps of ${step}, newest first`}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">From</th>
            {['Requests', '5xx', '4xx', 'p50', 'p95', 'p99', 'In flight', 'Waiting', 'Processor', 'Memory', 'GPU'].map(
              (name) => (
                <th key={name} scope="col" data-end>
                  {name}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.at}>
              <th scope="row">{step === '10s' ? <Exact at={point.at} /> : <Clock at={point.at} />}</th>
              {cellsOf(point).map(([name, text]) => (
                <td key={name} data-end data-mono>
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** `14:03:20`: steps of seconds. */
function Exact({ at }: { readonly at: string }) {
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={exactly(atMs)}>
      {clockOfLine(atMs).slice(0, 8)}
    </time>
  );
}

function cellsOf(point: MetricPoint): readonly (readonly [string, string])[] {
  const or = (value: number | null | undefined, words: (value: number) => string) =>
    value == null ? '-' : words(value);
  const { latencyMs } = point;
  return [
    ['requests', perSecond(point.requestsPerSecond)],
    ['5xx', perSecond(point.errorsPerSecond)],
    ['4xx', perSecond(point.refusedPerSecond)],
    ['p50', or(latencyMs?.p50, latency)],
    ['p95', or(latencyMs?.p95, latency)],
    ['p99', or(latencyMs?.p99, latency)],
    ['in flight', figure(point.inFlight)],
    ['waiting', figure(point.waiting)],
    ['processor', or(point.cpuMilli, cores)],
    ['memory', or(point.memoryMiB, mebibytes)],
    ['gpu', or(point.gpuPercent, percent)],
  ];
}
