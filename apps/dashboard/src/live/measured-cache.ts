import type { Event, MetricPoint, Replica, ServiceFigures, ServiceMeasured, ServiceMetrics } from '@sconce/contract';
import type { QueryClient } from '@tanstack/react-query';

/** Figures of many services change at the same moment, every ten seconds: the pages are told once. */
export const measuredType = 'service.measured';

const minuteMs = 60_000;
/** Graphs of long steps are read anew at most so often. */
const rereadMs = 60_000;

/** Puts what was measured into what the pages know: points into graphs, figures onto cards, use beside replicas. Nothing is asked for it but what cannot be computed here. */
export class MeasuredCache {
  readonly #cache: QueryClient;

  constructor(cache: QueryClient) {
    this.#cache = cache;
  }

  take(events: readonly Event[]): void {
    const measured = new Map(
      events.flatMap(({ service, data }) => (service === null ? [] : [[service, data as ServiceMeasured] as const])),
    );
    if (measured.size === 0) return;
    this.#takeFigures(measured);
    for (const [service, data] of measured) {
      this.#takePoint(service, data.point);
      this.#takeReplicas(service, data.replicas);
    }
  }

  #takeFigures(measured: ReadonlyMap<string, ServiceMeasured>): void {
    const known = this.#cache.getQueryData<readonly ServiceFigures[]>(['figures']);
    if (known === undefined) return;
    this.#cache.setQueryData<readonly ServiceFigures[]>(
      ['figures'],
      known.map((figures) => {
        const news = measured.get(figures.service.id);
        return news === undefined ? figures : advanceFigures(figures, news);
      }),
    );
    const isKnown = (id: string) => known.some((figures) => figures.service.id === id);
    if ([...measured.keys()].some((id) => !isKnown(id))) void this.#cache.invalidateQueries({ queryKey: ['figures'] });
  }

  #takePoint(service: string, point: MetricPoint): void {
    for (const query of this.#cache.getQueryCache().findAll({ queryKey: ['metrics', service] })) {
      const known = query.state.data as ServiceMetrics | undefined;
      const next = known && advanceMetrics(known, point);
      if (next) this.#cache.setQueryData(query.queryKey, next);
      else if (known && isOutdated(known, point)) void this.#readAnew(query.queryKey, point);
    }
  }

  /** What is read may end before the point that showed that something is missing. */
  async #readAnew(queryKey: readonly unknown[], point: MetricPoint): Promise<void> {
    await this.#cache.invalidateQueries({ queryKey });
    this.#cache.setQueryData<ServiceMetrics>(queryKey, (read) => (read && advanceMetrics(read, point)) ?? read);
  }

  #takeReplicas(service: string, used: ServiceMeasured['replicas']): void {
    this.#cache.setQueryData<readonly Replica[]>(['replicas', service], (replicas) =>
      replicas?.map((replica) => ({ ...replica, usage: used[replica.id] ?? null })),
    );
  }
}

/** Nothing was asked, and nothing ran. */
export const isBlank = ({ series }: ServiceMetrics): boolean =>
  series.every(({ points }) =>
    points.every((point) => point.requestsPerSecond === 0 && point.waiting === 0 && point.cpuMilli === null),
  );

/** The current minute's rate is the mean of its slots so far. */
export function advanceFigures(figures: ServiceFigures, { point, recent }: ServiceMeasured): ServiceFigures {
  const minuteOf = (until: string) => Math.ceil(Date.parse(until) / minuteMs);
  const trend = [...figures.requestsPerSecondByMinute];
  const moved = Math.min(trend.length, Math.max(0, minuteOf(recent.until) - minuteOf(figures.until)));
  for (let minute = 0; minute < moved; minute += 1) trend.push(0);
  trend.splice(0, moved);
  const slots = (((Date.parse(recent.until) - 1) % minuteMs) + 1) / 10_000;
  const before = trend.at(-1) ?? 0;
  if (trend.length > 0) trend[trend.length - 1] = (before * (slots - 1) + point.requestsPerSecond) / slots;
  return { ...figures, ...recent, requestsPerSecondByMinute: trend };
}

/** With the point at its end, the first one gone; null where it does not follow: steps are longer, or some are missing. */
export function advanceMetrics(known: ServiceMetrics, point: MetricPoint): ServiceMetrics | null {
  const [series] = known.series;
  if (known.stepSeconds !== 10 || series === undefined) return null;
  const { points } = series;
  const last = points.at(-1);
  const lastMs = last ? Date.parse(last.at) : Number.NaN;
  const atMs = Date.parse(point.at);
  const next =
    atMs === lastMs ? [...points.slice(0, -1), point] : atMs === lastMs + 10_000 ? [...points.slice(1), point] : null;
  const until = new Date(atMs + 10_000).toISOString();
  return next && { ...known, until, series: [{ ...series, points: next }] };
}

/** Where nothing is shown yet, the first thing that was measured is worth a look whatever the step. */
function isOutdated(known: ServiceMetrics, point: MetricPoint): boolean {
  return isBlank(known) || isOverdue(known, point.at);
}

/** A step is over since it was read, or a minute of a longer one. */
export const isOverdue = ({ until, stepSeconds }: { until: string; stepSeconds: number }, at: string): boolean =>
  Date.parse(at) - Date.parse(until) >= Math.min(rereadMs, stepSeconds * 1000);
