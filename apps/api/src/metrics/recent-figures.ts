import { type EpochMs, type MetricPoint, measuredUntil, toFigures } from '@sconce/core';
import { type MetricStretch, readMetricsOf, readRequestsByMinute, type Tx } from '@sconce/db';

const minuteMs = 60_000;
/** Small figures are of the last so many minutes, the current one included. */
const recentMinutes = 5;
const trendMinutes = 30;

export interface RecentFigures extends Omit<MetricPoint, 'at'> {
  readonly until: EpochMs;
  readonly overSeconds: number;
}

/** The minutes that figures of services are of, up to now. */
export function recentStretch(until: EpochMs): MetricStretch {
  const minute = Math.floor((until - 1) / minuteMs) * minuteMs;
  return { resolutionSeconds: 60, since: minute - (recentMinutes - 1) * minuteMs, until };
}

/** How services did over the last minutes, in two statements for however many. */
export async function readRecentFigures(
  tx: Tx,
  ids: readonly string[],
  now: EpochMs,
): Promise<(service: string) => RecentFigures & { readonly requestsPerSecondByMinute: readonly number[] }> {
  const until = measuredUntil(now);
  const stretch = recentStretch(until);
  const end = stretch.since + recentMinutes * minuteMs;
  const trendSince = end - trendMinutes * minuteMs;
  const [rows, requests] = [
    await readMetricsOf(tx, ids, stretch),
    await readRequestsByMinute(tx, ids, trendSince, until),
  ];
  const rowsOf = Map.groupBy(rows, (row) => row.service);
  const requestsOf = Map.groupBy(requests, (row) => row.service);
  const overSeconds = (until - stretch.since) / 1000;
  return (service) => {
    const trend = Array<number>(trendMinutes).fill(0);
    for (const { at, requests: count } of requestsOf.get(service) ?? []) {
      const seconds = (Math.min(at + minuteMs, until) - at) / 1000;
      trend[(at - trendSince) / minuteMs] = Math.round((count / seconds) * 1e6) / 1e6;
    }
    const figures = toFigures(rowsOf.get(service) ?? [], overSeconds);
    return { until, overSeconds, ...figures, requestsPerSecondByMinute: trend };
  };
}
