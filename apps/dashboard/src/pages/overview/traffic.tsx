import type { ServiceFigures } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { figuresQuery } from '../../api/queries.ts';
import { latency, perSecond } from '../../words/figures.ts';
import styles from './traffic.module.css';

/** Requests a second and p95 over the last minutes, with the last half hour as a line. Nothing where nothing was asked. */
export function Traffic({ service }: { readonly service: string }) {
  const { data: figures } = useQuery({
    ...figuresQuery,
    select: (all: readonly ServiceFigures[]) => all.find((one) => one.service.id === service),
  });
  const trend = figures?.requestsPerSecondByMinute ?? [];
  if (figures === undefined || !trend.some((rate) => rate > 0)) return null;
  const { requestsPerSecond, errorsPerSecond, latencyMs } = figures;
  return (
    <span className={styles.traffic} title="Over the last 5 minutes; the line is the last half hour">
      <Trend rates={trend} />
      <span>{perSecond(requestsPerSecond)}</span>
      {latencyMs ? <span>p95 {latency(latencyMs.p95)}</span> : null}
      {errorsPerSecond > 0 ? <span className={styles.errors}>{perSecond(errorsPerSecond)} errors</span> : null}
    </span>
  );
}

const widthPx = 60;
const heightPx = 14;

function Trend({ rates }: { readonly rates: readonly number[] }) {
  const most = Math.max(...rates);
  const step = widthPx / Math.max(1, rates.length - 1);
  const points = rates.map(
    (rate, index) => `${(index * step).toFixed(1)},${(heightPx - (rate / most) * (heightPx - 2) - 1).toFixed(1)}`,
  );
  return (
    <svg className={styles.trend} width={widthPx} height={heightPx} aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}
