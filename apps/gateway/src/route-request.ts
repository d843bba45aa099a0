import { climbsOut, type RouteMatch } from '@sconce/core';
import { Malformed } from './http/malformed.ts';
import type { RequestHead } from './http/parse-request-head.ts';
import type { LiveTable } from './table/live-table.ts';
import type { RouteEntry } from './table/route-state.ts';

/** Finds the route of a request, or throws what to answer. */
export function routeRequest(table: LiveTable, head: RequestHead): RouteMatch<RouteEntry> {
  const match = table.match(head.routingHost, head.target);
  if (match === null) {
    throw new Malformed('route_unknown', 'No service has this host, and none has this path.');
  }
  if (match.prefix !== null && climbsOut(match.target)) {
    throw new Malformed('path_leaves_service', 'The path climbs out of its service.');
  }
  return match;
}
