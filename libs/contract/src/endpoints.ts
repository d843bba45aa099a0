import { accessEndpoints } from './access/access-endpoints.ts';
import { signInEndpoints } from './access/sign-in-endpoints.ts';
import { buildEndpoints } from './build/build-endpoints.ts';
import { callEndpoints } from './call/call-endpoints.ts';
import { clusterEndpoints } from './cluster/cluster-endpoints.ts';
import { configurationEndpoints } from './configuration/configuration-endpoints.ts';
import { execEndpoints } from './exec/exec-endpoints.ts';
import { logEndpoints } from './log/log-endpoints.ts';
import { metricEndpoints } from './metric/metric-endpoints.ts';
import { planEndpoints } from './plan/plan-endpoints.ts';
import { projectEndpoints } from './project/project-endpoints.ts';
import { releaseEndpoints } from './release/release-endpoints.ts';
import { serviceEndpoints } from './service/service-endpoints.ts';
import type { Endpoint } from './shape/endpoint.ts';

/** Every endpoint of the API, by name. The server refuses to start when one of them has no handler. */
export const endpoints = {
  ...projectEndpoints,
  ...serviceEndpoints,
  ...buildEndpoints,
  ...callEndpoints,
  ...execEndpoints,
  ...planEndpoints,
  ...releaseEndpoints,
  ...configurationEndpoints,
  ...logEndpoints,
  ...clusterEndpoints,
  ...metricEndpoints,
  ...accessEndpoints,
  ...signInEndpoints,
} satisfies Record<string, Endpoint>;

export type Endpoints = typeof endpoints;
export type EndpointName = keyof Endpoints;
