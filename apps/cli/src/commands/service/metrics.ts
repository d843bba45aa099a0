import type { Client, MetricPoint, Service, ServiceFigures, ServiceMetrics } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { chooseService } from '../../place/choose-service.ts';
import { cores, mebibytes, milliseconds, number, orDash, percent, stretchOf } from '../../show/figures.ts';
import { readList } from '../../show/print-list.ts';
import { table } from '../../terminal/table.ts';
import { clock } from '../../terminal/times.ts';

export interface MetricsOptions extends GlobalOptions {
  readonly service?: string;
  readonly environment?: string;
  readonly project?: string;
  readonly since?: string;
  readonly until?: string;
  readonly step?: string;
  readonly by?: string;
}

/** How one service did over time, or, when none is named, how all do now. */
export async function metrics(context: Context, options: MetricsOptions, named: string | undefined): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  const reference = named ?? options.service;
  if (reference === undefined && options.since === undefined && options.until === undefined) {
    const place = await placeOf(context, client, options);
    const all = await readList({ limit: 'all' }, (query) =>
      client.listMetrics({ query: { ...query, ...place }, signal }),
    );
    if (options.json) return terminal.json(all);
    return showAll(context, all.data);
  }
  refusePlace(options);
  const service = await chooseService(context, client, reference);
  const { by } = options;
  const query = { ...stretchOf(options), ...(by ? { by: by as 'release' } : {}) };
  const read = await client.getServiceMetrics({ params: { service: service.id }, query, signal });
  if (options.json) return terminal.json(read);
  if (terminal.quiet) return showRows(context, read);
  showOne(context, service, read);
}

async function placeOf(context: Context, client: Client, options: MetricsOptions) {
  const { environment, project } = options;
  if (environment !== undefined)
    return { environment: await chooseEnvironment(context, client, { environment, project }) };
  return project === undefined ? {} : { project };
}

function refusePlace({ environment, project }: MetricsOptions): void {
  if (environment === undefined && project === undefined) return;
  throw new CliFailure('--environment and --project are for all services, now', {
    exitCode: exitCodes.usage,
    code: 'invalid',
    hint: 'Of one over time: sconce metrics project/environment/service --since 24h',
  });
}

function showAll({ terminal }: Context, all: readonly ServiceFigures[]): void {
  if (terminal.quiet) {
    for (const { service } of all) terminal.line(service.path);
    return;
  }
  if (all.length === 0) {
    terminal.line('No service yet. Deploy one: sconce deploy, in a repository with a Dockerfile.');
    return;
  }
  const head = ['SERVICE', ...heads].map(terminal.colours.dim);
  for (const row of table([head, ...all.map((figures) => [figures.service.path, ...cells(figures)])]))
    terminal.line(row);
}

function showOne({ terminal }: Context, service: Service, { series, marks, step }: ServiceMetrics): void {
  const { dim } = terminal.colours;
  const now = Date.now();
  terminal.line(`${service.path}, in steps of ${step}`);
  for (const { release, replica, points } of series) {
    if (release !== null) terminal.line(`\n${release.name}${replica === null ? '' : ` on ${replica.slice(0, 12)}`}`);
    const rows = points.map((point) => {
      const name = clock(point.at, now);
      const live = marks.filter(({ at }) => at >= point.at && Date.parse(at) < Date.parse(point.at) + stepMs(points));
      return [name, ...cells(point), live.map((mark) => `${mark.release.name} live`).join(', ')];
    });
    for (const row of table([['FROM', ...heads, ''].map(dim), ...rows])) terminal.line(row);
  }
}

/** Figures alone, a line for each step; where they are told apart, it begins with whose they are. */
function showRows({ terminal }: Context, { series }: ServiceMetrics): void {
  const now = Date.now();
  const rows = series.flatMap(({ release, replica, points }) => {
    const whose = [release?.name, replica?.slice(0, 12)].filter((name) => name != null);
    return points.map((point) => [...whose, clock(point.at, now), ...cells(point)]);
  });
  for (const row of table(rows)) terminal.line(row);
}

function stepMs([first, second]: readonly MetricPoint[]): number {
  return first && second ? Date.parse(second.at) - Date.parse(first.at) : Number.POSITIVE_INFINITY;
}

const heads = ['REQUESTS', 'ERRORS', 'P50', 'P95', 'P99', 'IN FLIGHT', 'WAITING', 'CPU', 'MEMORY', 'GPU', 'GPU MEMORY'];

function cells(figures: Omit<MetricPoint, 'at'>): string[] {
  const { latencyMs, cpuMilli, memoryMiB, gpuPercent, gpuMemoryMiB } = figures;
  return [
    `${number(figures.requestsPerSecond)}/s`,
    `${number(figures.errorsPerSecond)}/s`,
    orDash(latencyMs?.p50, milliseconds),
    orDash(latencyMs?.p95, milliseconds),
    orDash(latencyMs?.p99, milliseconds),
    number(figures.inFlight),
    number(figures.waiting),
    orDash(cpuMilli, cores),
    orDash(memoryMiB, mebibytes),
    orDash(gpuPercent, percent),
    orDash(gpuMemoryMiB, mebibytes),
  ];
}
