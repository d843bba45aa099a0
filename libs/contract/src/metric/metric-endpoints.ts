import { z } from 'zod';
import { following, reading } from '../shape/endpoint.ts';
import { listOfItems, pageQuery, reference } from '../shape/field.ts';
import * as nouns from './metric.ts';

const moment = (what: string) =>
  z
    .string()
    .regex(
      /^(?:\d{1,4}[mhd]|\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))$/,
      'a time like 2026-01-31T10:00:00Z, or how long ago: 90m, 6h, 7d',
    )
    .describe(`${what}: a time, or how long ago (90m, 6h, 7d).`);

const stretch = {
  since: moment('Where it begins').optional().describe('Default: an hour before `until`.'),
  until: moment('Where it ends').optional().describe('Default: now.'),
  step: z
    .enum(['10s', '1m', '5m', '10m', '30m', '1h', '6h', '1d'])
    .optional()
    .describe(
      'Default: the shortest that gives at most 400 points. 10s go back 2 hours, 1m and 5m 26 hours, all others 15 days.',
    ),
};

export const metricEndpoints = {
  getServiceMetrics: following({
    path: '/v1/services/{service}/metrics',
    summary:
      'How a service did over time: requests, errors, latency, processor, memory, GPUs; or a stream of the last ten seconds',
    permission: 'read',
    query: {
      ...stretch,
      by: z.enum(['release', 'replica']).optional().describe('One series for each. Replicas in steps of 10s alone.'),
    },
    reply: nouns.serviceMetrics,
    item: nouns.metricPoint,
  }),
  listMetrics: reading({
    path: '/v1/metrics',
    summary: 'How every service you can see did over the last minutes',
    permission: 'known',
    query: {
      ...pageQuery,
      project: reference('a project').optional(),
      environment: reference('an environment').optional(),
    },
    reply: listOfItems(nouns.serviceFigures),
  }),
  getClusterMetrics: reading({
    path: '/v1/clusters/{cluster}/metrics',
    summary: 'What was used of each node pool over time: processors, memory, disk, GPUs',
    permission: 'known',
    query: stretch,
    reply: nouns.clusterMetrics,
  }),
};
