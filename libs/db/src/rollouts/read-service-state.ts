import type {
  EnvironmentId,
  LeavingCause,
  ProjectId,
  Reason,
  ReleaseId,
  ReleaseSpec,
  RolloutId,
  RolloutPhase,
  RolloutStrategy,
  ServiceId,
} from '@sconce/core';
import type { Tx } from '../database.ts';

/** Everything of one service that a reconciler plans from, read in one statement and so as of one moment. Times are epoch milliseconds. */
export interface ServiceStateRow {
  readonly id: ServiceId;
  readonly slug: string;
  readonly environmentId: EnvironmentId;
  readonly environmentSlug: string;
  readonly projectId: ProjectId;
  readonly projectSlug: string;
  readonly deleted: boolean;
  readonly generation: number;
  readonly desired: ReleaseId | null;
  readonly live: ReleaseId | null;
  /** The one rollout that has not ended. */
  readonly active: ActiveRolloutRow | null;
  /** The newest rollout that went live. */
  readonly lastLive: LastLiveRow | null;
  /** Desired, live, those of the rollouts, and those that own a replica. */
  readonly releases: readonly PlannableRelease[];
  readonly replicas: readonly KnownReplica[];
  readonly gateways: readonly GatewayRow[];
}

export interface GatewayRow {
  readonly id: string;
  readonly acked: number;
  readonly seen: number;
  /** Its link did not end as far as is known: also after the scheduler that held it died. */
  readonly connected: boolean;
}

export interface ActiveRolloutRow {
  readonly id: RolloutId;
  readonly release: ReleaseId;
  readonly from: ReleaseId | null;
  readonly generation: number;
  readonly cause: string;
  readonly phase: RolloutPhase;
  readonly pausedFrom: RolloutPhase | null;
  readonly strategy: RolloutStrategy | null;
  readonly pauseRequested: boolean;
  readonly abortRequested: boolean;
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly routeVersion: number | null;
}

export interface LastLiveRow {
  readonly id: RolloutId;
  readonly release: ReleaseId;
  readonly from: ReleaseId | null;
  readonly generation: number;
  readonly cause: string;
  readonly phase: RolloutPhase;
  readonly liveAt: number;
  readonly watchUntil: number | null;
  readonly watchedAt: number | null;
}

export interface PlannableRelease {
  readonly id: ReleaseId;
  readonly number: number;
  readonly replicaSet: ReleaseId;
  readonly spec: ReleaseSpec;
}

/** The last that was written down of a replica. */
export interface KnownReplica {
  readonly id: string;
  readonly release: ReleaseId;
  readonly health: string;
  readonly healthSince: number;
  readonly observedAt: number;
  readonly routed: boolean;
  readonly unroutedVersion: number | null;
  readonly unroutedAt: number | null;
  readonly name: string;
  readonly node: string;
  readonly reason: Reason | null;
  /** Why its node is to go, and since when; null: it stays. */
  readonly leavingCause: LeavingCause | null;
  readonly leavingSince: number | null;
  /** Hash of what else was written, to see whether anything changed. */
  readonly seen: string;
}

/** Null when there is no such service. */
export async function readServiceState(tx: Tx, serviceId: string): Promise<ServiceStateRow | null> {
  const rows = await tx.$queryRaw<ServiceStateRow[]>`
    SELECT s.id, s.slug, s.environment_id AS "environmentId", e.slug AS "environmentSlug", e.project_id AS "projectId", p.slug AS "projectSlug",
      (s.deleted_at IS NOT NULL OR e.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL) AS deleted,
      s.generation, s.desired_release_id AS desired, s.live_release_id AS live, active.row AS active, last.row AS "lastLive",
      (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', r.id, 'number', r.number, 'replicaSet', r.replica_set_id, 'spec', r.spec)), '[]')
        FROM release r WHERE r.id IN (s.desired_release_id, s.live_release_id, active.row->>'release', active.row->>'from', last.row->>'from')
          OR r.id IN (SELECT x.release_id FROM replica x WHERE x.service_id = s.id)) AS releases,
      (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', x.id, 'release', x.release_id, 'health', x.health, 'seen', x.seen, 'routed', x.routed,
          'name', x.name, 'node', x.node, 'reason', x.reason, 'leavingCause', x.leaving_cause, 'leavingSince', floor(extract(epoch FROM x.leaving_since) * 1000),
          'healthSince', floor(extract(epoch FROM x.health_since) * 1000), 'observedAt', floor(extract(epoch FROM x.observed_at) * 1000),
          'unroutedVersion', x.unrouted_version, 'unroutedAt', floor(extract(epoch FROM x.unrouted_at) * 1000))), '[]')
        FROM replica x WHERE x.service_id = s.id) AS replicas,
      (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', g.id, 'acked', g.acked_version, 'connected', g.connected, 'seen', floor(extract(epoch FROM g.last_seen_at) * 1000))), '[]')
        FROM gateway g) AS gateways
    FROM service s JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
    LEFT JOIN LATERAL (
      SELECT jsonb_build_object('id', r.id, 'release', r.release_id, 'from', r.from_release_id, 'generation', r.generation, 'cause', r.cause,
        'phase', r.phase, 'pausedFrom', r.paused_from, 'strategy', r.strategy, 'pauseRequested', r.pause_requested, 'abortRequested', r.abort_requested,
        'reason', r.reason, 'message', r.message, 'routeVersion', r.route_version) AS row
      FROM rollout r WHERE r.service_id = s.id AND r.phase NOT IN ('complete', 'aborted', 'superseded')) active ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_build_object('id', r.id, 'release', r.release_id, 'from', r.from_release_id, 'generation', r.generation, 'cause', r.cause,
        'phase', r.phase, 'liveAt', floor(extract(epoch FROM r.live_at) * 1000), 'watchUntil', floor(extract(epoch FROM r.watch_until) * 1000),
        'watchedAt', floor(extract(epoch FROM r.watched_at) * 1000)) AS row
      FROM rollout r WHERE r.service_id = s.id AND r.live_at IS NOT NULL ORDER BY r.live_at DESC LIMIT 1) last ON true
    WHERE s.id = ${serviceId}`;
  return rows[0] ?? null;
}
