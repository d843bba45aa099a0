import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import {
  type MetricPlan,
  type MetricPoint,
  type MetricStep,
  measuredUntil,
  planMetricSteps,
  slotMs,
  toMetricPoints,
  toPoolPoints,
  visibleProjects,
} from '@sconce/core';
import {
  findCluster,
  listServiceNames,
  readPoolMetrics,
  readReleaseMarks,
  readReleaseNames,
  readServiceMetrics,
  readServicePath,
  type StoredMetric,
} from '@sconce/db';
import { type ApiContext, CONTEXT } from '../context.ts';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call, Followed } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { readRecentFigures } from '../metrics/recent-figures.ts';
import { withTimes } from '../metrics/with-times.ts';
import { existing } from './existing.ts';
import { placeInQuery } from './place-in-query.ts';

type MetricCall = Call<typeof endpoints.getServiceMetrics>;

const marksShown = 100;
/** A stream that comes back is told what it missed, up to this. */
const missedMs = 3_600_000;

@Controller()
export class MetricsController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.getServiceMetrics)
  async getServiceMetrics(call: MetricCall) {
    if (call.following) return this.#follow(call);
    const { tx } = call.deps.db;
    const plan = planOf(call.query, call.deps.clock.now());
    const rows = await readServiceMetrics(tx, call.place.id, plan);
    const [since, until] = [new Date(plan.since), new Date(plan.until)];
    const marks = await readReleaseMarks(tx, call.place.id, since, new Date(call.deps.clock.now()), marksShown);
    return {
      service: await existing('service', readServicePath(tx, call.place.id)),
      since,
      until,
      step: plan.step,
      stepSeconds: plan.stepMs / 1000,
      series: await toSeries(call, rows, plan),
      marks: marks.map(({ at, releaseId, number, cause }) => ({
        at,
        cause,
        release: { id: releaseId, number, name: `r${number}` },
      })),
    };
  }

  @Endpoint(endpoints.listMetrics)
  async listMetrics(call: Call<typeof endpoints.listMetrics>) {
    const { project, environment } = call.query;
    const inProject = project === undefined ? null : await placeInQuery(call, 'project', project, 'read');
    const within = environment === undefined ? null : await placeInQuery(call, 'environment', environment, 'read');
    const { rights } = call.caller;
    const { tx } = call.deps.db;
    const services = await listServiceNames(
      tx,
      {
        projectIds: inProject ? [inProject.id] : visibleProjects(rights),
        // A token of one environment sees that one alone.
        environmentId: rights.environmentId ?? within?.id ?? null,
      },
      call.page.listing,
    );
    const figuresOf = await readRecentFigures(
      tx,
      services.map(({ id }) => id),
      call.deps.clock.now(),
    );
    return call.page.of(
      services,
      ({ id }) => id,
      (service) => ({ service, ...withTimes(figuresOf(service.id)) }),
    );
  }

  @Endpoint(endpoints.getClusterMetrics)
  async getClusterMetrics(call: Call<typeof endpoints.getClusterMetrics>) {
    const { tx } = call.deps.db;
    const { name, pools } = await existing('cluster', findCluster(tx, call.params.cluster));
    const plan = planOf(call.query, call.deps.clock.now());
    const rows = Map.groupBy(await readPoolMetrics(tx, name, plan), (row) => row.pool);
    return {
      cluster: name,
      since: new Date(plan.since),
      until: new Date(plan.until),
      step: plan.step,
      stepSeconds: plan.stepMs / 1000,
      pools: [...new Set([...pools.map((pool) => pool.name), ...rows.keys()])].sort().map((pool) => ({
        pool,
        points: toPoolPoints(rows.get(pool) ?? [], plan).map(withTimes),
      })),
    };
  }

  /** The service as a whole, slot by slot: what was missed since the last one, then each as it ends. */
  #follow(call: MetricCall): Followed<ReturnType<typeof withTimes<MetricPoint>>> {
    for (const field of ['since', 'until', 'step', 'by'] as const)
      if (call.query[field] !== undefined)
        throw refuse(field, 'A stream tells of the service as a whole, every ten seconds from now on');
    return { batches: this.#batches(call, resumeAt(call.following?.lastEventId ?? null)) };
  }

  async *#batches(call: MetricCall, last: number | null) {
    const { metricFeed, deps } = this.#context;
    const until = measuredUntil(deps.clock.now());
    const since = last === null ? until : Math.max(last + slotMs, until - missedMs);
    const feed = metricFeed.follow(call.signal);
    const missed =
      since < until ? await readServiceMetrics(deps.db.tx, call.place.id, { resolutionSeconds: 10, since, until }) : [];
    yield toMetricPoints(missed, { since, until, stepMs: slotMs }).map(toItem);
    for await (const { services } of feed) {
      const own = services.find(({ place }) => place.id === call.place.id);
      if (own !== undefined) yield [toItem(own.point)];
    }
  }
}

const toItem = (point: MetricPoint) => ({ id: String(point.at), item: withTimes(point) });

async function toSeries(call: MetricCall, rows: readonly StoredMetric[], plan: MetricPlan) {
  const { by } = call.query;
  const names = await readReleaseNames(
    call.deps.db.tx,
    by === undefined ? [] : [...new Set(rows.map((row) => row.release))],
  );
  const keyOf = ({ release, replica }: StoredMetric) => (by === undefined ? '' : by === 'release' ? release : replica);
  const groups = Map.groupBy(rows, keyOf);
  if (by === undefined && groups.size === 0) groups.set('', []);
  return [...groups]
    .filter(([key]) => by === undefined || key !== '')
    .map(([key, own]) => ({
      release: names.find(({ id }) => id === own.at(-1)?.release) ?? null,
      replica: by === 'replica' ? key : null,
      points: toMetricPoints(own, plan).map(withTimes),
    }))
    .sort((a, b) => (a.release?.number ?? 0) - (b.release?.number ?? 0));
}

function planOf(
  query: {
    readonly since?: string | undefined;
    readonly until?: string | undefined;
    readonly step?: MetricStep | undefined;
    readonly by?: string | undefined;
  },
  now: number,
): MetricPlan {
  const plan = planMetricSteps({
    since: toMoment('since', query.since, now),
    until: toMoment('until', query.until, now),
    step: query.step ?? null,
    byReplica: query.by === 'replica',
    now,
  });
  if ('message' in plan) throw refuse(plan.field, plan.message);
  return plan;
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function toMoment(field: string, text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const [, count, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * units[unit as keyof typeof units];
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw refuse(field, 'There is no such day or time');
  return at;
}

function resumeAt(lastEventId: string | null): number | null {
  if (lastEventId === null) return null;
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId);
  throw refuse('Last-Event-ID', 'The id of an item of this stream');
}

function refuse(path: string, message: string): ApiError {
  return new ApiError('invalid', `${path}: ${message}`, { errors: [{ path, code: 'invalid', message }] });
}
