import {
  counter,
  gauge,
  histogramSamples,
  type MetricFamily,
  type MetricSample,
  processMetrics,
  renderOpenMetrics,
} from '@sconce/foundation';
import type { Context } from '../context.ts';
import { histogramBounds } from '../table/histogram.ts';
import type { RouteState } from '../table/route-state.ts';
import type { ReplicaState } from '../upstream/replica-state.ts';

/** Counts since the start, as OpenMetrics text. */
export function renderMetrics(context: Context, linkIsUp: boolean): string {
  const { table, counts } = context;
  const refused = [...counts.refused].map(([code, value]) => ({ labels: { code }, value }));
  return renderOpenMetrics([
    gauge('sconce_gateway_table_version', 'Version of the route table in use.', table.version),
    gauge('sconce_gateway_link_up', 'Whether the scheduler is connected.', linkIsUp ? 1 : 0),
    gauge('sconce_gateway_connections', 'Open client connections.', counts.connections),
    counter('sconce_gateway_received_requests', 'Requests read, routed or not.', counts.requests),
    counter('sconce_gateway_refused_requests', 'Requests refused before a route was known.', refused),
    ...routeMetrics([...table.routes.values()]),
    ...replicaMetrics([...table.replicas.values()]),
    ...processMetrics(),
  ]);
}

const answerClasses = ['cut', '1xx', '2xx', '3xx', '4xx', '5xx'];

function routeMetrics(routes: readonly RouteState[]): MetricFamily[] {
  const of = (value: (route: RouteState) => number): MetricSample[] =>
    routes.map((route) => ({ labels: labelsOf(route), value: value(route) }));
  const answers = routes.flatMap((route) =>
    answerClasses.map((code, digit) => ({ labels: { ...labelsOf(route), code }, value: route.answers[digit] ?? 0 })),
  );
  return [
    counter(
      'sconce_gateway_requests',
      'Requests of a service.',
      of((route) => route.requests),
    ),
    counter('sconce_gateway_answers', 'Answers by class; cut: ended without a whole one.', answers),
    counter(
      'sconce_gateway_problems',
      'Answers given in place of a service.',
      of((route) => route.problems),
    ),
    gauge(
      'sconce_gateway_queued',
      'Requests waiting for room.',
      of((route) => route.queue.size),
    ),
    {
      name: 'sconce_gateway_first_byte_seconds',
      type: 'histogram',
      unit: 'seconds',
      help: 'From the first byte of a request to the first byte of its answer.',
      samples: routes.flatMap((route) =>
        histogramSamples(histogramBounds, route.firstByte.counts, route.firstByte.sumSeconds, labelsOf(route)),
      ),
    },
  ];
}

function replicaMetrics(replicas: readonly ReplicaState[]): MetricFamily[] {
  const of = (value: (replica: ReplicaState) => number): MetricSample[] =>
    replicas.map((replica) => ({
      labels: { service: replica.route?.service ?? '', release: replica.release, replica: replica.id },
      value: value(replica),
    }));
  return [
    gauge(
      'sconce_gateway_in_flight',
      'Requests running at a replica.',
      of((replica) => replica.inFlight),
    ),
    counter(
      'sconce_gateway_replica_requests',
      'Requests sent to a replica.',
      of((replica) => replica.requests),
    ),
    counter(
      'sconce_gateway_replica_errors',
      'Of these, failed ones.',
      of((replica) => replica.errors),
    ),
  ];
}

function labelsOf(route: RouteState) {
  return { service: route.service, name: route.entry?.route.name ?? '' };
}
