import { accessEndpoints } from './access/access-endpoints.ts';
import { buildEndpoints } from './build/build-endpoints.ts';
import { configurationEndpoints } from './configuration/configuration-endpoints.ts';
import { logEndpoints } from './log/log-endpoints.ts';
import { projectEndpoints } from './project/project-endpoints.ts';
import { releaseEndpoints } from './release/release-endpoints.ts';
import { serviceEndpoints } from './service/service-endpoints.ts';
import type { Endpoint } from './shape/endpoint.ts';

/** Every endpoint of the API, by name. The server refuses to start when one of them has no handler. */
export const endpoints = {
  ...projectEndpoints,
  ...serviceEndpoints,
  ...buildEndpoints,
  ...releaseEndpoints,
  ...configurationEndpoints,
  ...logEndpoints,
  ...accessEndpoints,
} satisfies Record<string, Endpoint>;

export type Endpoints = typeof endpoints;
export type EndpointName = keyof Endpoints;
