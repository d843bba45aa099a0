import { type Action, sconce } from './action.ts';

export interface AuditFilter {
  readonly project?: string;
  readonly action?: string;
  readonly user?: string;
}

export const listAudit = (filter: AuditFilter): Action => ({
  cli: sconce(
    'audit',
    ...(['project', 'action', 'user'] as const).flatMap((name) =>
      filter[name] === undefined ? [] : [`--${name}`, filter[name]],
    ),
  ),
  api: { name: 'listAuditEvents', query: { ...filter } },
});

/** `since` as the pages choose it: `1h`, `7d`. */
export const readMetrics = (service: string, since: string): Action => ({
  cli: sconce('metrics', service, '--since', since),
  api: { name: 'getServiceMetrics', params: { service }, query: { since } },
});

/** One request to a service, through the platform: from a terminal the gateway itself answers it. */
export const makeCall = (service: string, method: string, path: string): Action => ({
  cli: null,
  api: { name: 'createCall', params: { service }, query: { method, path } },
});

/** All pools of a cluster, as the page shows them. */
export const readPoolUse = (cluster: string, since: string): Action => ({
  cli: sconce('pools', 'show', cluster, '--since', since),
  api: { name: 'getClusterMetrics', params: { cluster }, query: { since } },
});

/** A WebSocket to a service, through the platform: from a terminal the gateway itself answers it. */
export const openSocket = (service: string, path: string): Action => ({
  cli: null,
  api: { name: 'openSocket', params: { service }, query: { path } },
});
