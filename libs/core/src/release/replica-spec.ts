import type { ReleaseSpec } from './release-spec.ts';

/** How many replicas stand while nothing scales them. */
export function replicasOfSpec(spec: Pick<ReleaseSpec, 'scaling'>): number {
  return Math.max(1, spec.scaling.min);
}

/**
 * What of a release its replicas are made from: releases equal in this run on the same ones. How long they are watched and drained, and how
 * requests are spread over them, is decided outside of them. Their number belongs to it: with fewer, a runtime would stop some at once
 * that gateways still send to, while a set of its own takes over from the old one request by request.
 */
export function replicaSpecOf(spec: ReleaseSpec): object {
  const { scaling, drainTimeoutMs: _drain, watchMs: _watch, ...made } = spec;
  return { ...made, replicas: replicasOfSpec({ scaling }) };
}

/** What one replica may use with all its sidecars, as far as it is limited; null when nothing of it is. MiB. */
export function memoryOfReplica({ resources, sidecars = [] }: ReleaseSpec): number | null {
  const limits = [resources, ...sidecars].flatMap(({ memoryMiB }) => (memoryMiB === null ? [] : [memoryMiB]));
  return limits.length === 0 ? null : limits.reduce((sum, each) => sum + each, 0);
}
