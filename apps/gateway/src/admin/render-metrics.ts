import type { Context } from '../context.ts';
import { type Histogram, histogramBounds } from '../table/histogram.ts';
import type { RouteState } from '../table/route-state.ts';

/** Counts since the start, as OpenMetrics text. */
export function renderMetrics(context: Context, linkIsUp: boolean): string {
  const { table, counts } = context;
  const lines = [
    ...gauge('sconce_gateway_table_version', 'Version of the route table in use.', [['', table.version]]),
    ...gauge('sconce_gateway_link_up', 'Whether the scheduler is connected.', [['', linkIsUp ? 1 : 0]]),
    ...gauge('sconce_gateway_connections', 'Open client connections.', [['', counts.connections]]),
    ...counter('sconce_gateway_received_requests', 'Requests read, routed or not.', [['', counts.requests]]),
    ...counter(
      'sconce_gateway_refused_requests',
      'Requests refused before a route was known.',
      [...counts.refused].map(([code, count]) => [labels({ code }), count]),
    ),
    ...routeMetrics([...table.routes.values()]),
    ...replicaMetrics(context),
    '# EOF',
  ];
  return `${lines.join('\n')}\n`;
}

type Sample = readonly [labels: string, value: number];

function routeMetrics(routes: readonly RouteState[]): string[] {
  const classes = ['cut', '1xx', '2xx', '3xx', '4xx', '5xx'];
  const name = 'sconce_gateway_first_byte_seconds';
  return [
    ...counter(
      'sconce_gateway_requests',
      'Requests of a service.',
      routes.map((route) => [service(route), route.requests]),
    ),
    ...counter(
      'sconce_gateway_answers',
      'Answers by class; cut: ended without a whole one.',
      routes.flatMap((route) =>
        classes.map((code, digit): Sample => [service(route, { code }), route.answers[digit] ?? 0]),
      ),
    ),
    ...counter(
      'sconce_gateway_problems',
      'Answers given in place of a service.',
      routes.map((route) => [service(route), route.problems]),
    ),
    ...gauge(
      'sconce_gateway_queued',
      'Requests waiting for room.',
      routes.map((route) => [service(route), route.queue.size]),
    ),
    `# TYPE ${name} histogram`,
    `# HELP ${name} From the first byte of a request to the first byte of its answer.`,
    ...routes.flatMap((route) => histogram(name, route, route.firstByte)),
  ];
}

function replicaMetrics(context: Context): string[] {
  const replicas = [...context.table.replicas.values()];
  const label = (replica: { id: string }) => labels({ replica: replica.id });
  return [
    ...gauge(
      'sconce_gateway_in_flight',
      'Requests running at a replica.',
      replicas.map((each) => [label(each), each.inFlight]),
    ),
    ...counter(
      'sconce_gateway_replica_requests',
      'Requests sent to a replica.',
      replicas.map((each) => [label(each), each.requests]),
    ),
    ...counter(
      'sconce_gateway_replica_errors',
      'Of these, failed ones.',
      replicas.map((each) => [label(each), each.errors]),
    ),
  ];
}

function histogram(name: string, route: RouteState, values: Histogram): string[] {
  let sum = 0;
  const buckets = values.counts.map((count, at) => {
    sum += count;
    return `${name}_bucket${service(route, { le: String(histogramBounds[at] ?? '+Inf') })} ${sum}`;
  });
  return [...buckets, `${name}_sum${service(route)} ${values.sumSeconds}`, `${name}_count${service(route)} ${sum}`];
}

function gauge(name: string, help: string, samples: readonly Sample[]): string[] {
  return [
    `# TYPE ${name} gauge`,
    `# HELP ${name} ${help}`,
    ...samples.map(([label, value]) => `${name}${label} ${value}`),
  ];
}

function counter(name: string, help: string, samples: readonly Sample[]): string[] {
  return [
    `# TYPE ${name} counter`,
    `# HELP ${name} ${help}`,
    ...samples.map(([label, value]) => `${name}_total${label} ${value}`),
  ];
}

function service(route: RouteState, more: Record<string, string> = {}): string {
  return labels({ service: route.service, name: route.entry?.route.name ?? '', ...more });
}

function labels(values: Record<string, string>): string {
  const quoted = (text: string) => text.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
  return `{${Object.entries(values)
    .map(([key, value]) => `${key}="${quoted(value)}"`)
    .join(',')}}`;
}
