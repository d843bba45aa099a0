import type { ReleaseId, RolloutPhase, RolloutStrategy, RouteTable, ServiceId } from '@sconce/core';
import type { Tx } from '../database.ts';

/** One service with all that its route is made of. */
export interface RoutedServiceRow {
  readonly id: ServiceId;
  readonly slug: string;
  readonly environmentSlug: string;
  readonly projectSlug: string;
  readonly live: ReleaseId | null;
  readonly rollout: {
    readonly release: ReleaseId;
    readonly phase: RolloutPhase;
    readonly pausedFrom: RolloutPhase | null;
    readonly strategy: RolloutStrategy | null;
  } | null;
  /** The live one and the rollout's. */
  readonly releases: readonly {
    readonly id: ReleaseId;
    readonly number: number;
    readonly replicaSet: ReleaseId;
    readonly drainTimeoutMs: number;
    readonly startupTimeoutMs: number;
    readonly concurrency: number | null;
    /** Fewest replicas. */
    readonly replicas: number;
  }[];
  readonly replicas: readonly {
    readonly id: string;
    readonly release: ReleaseId;
    readonly health: string;
    readonly host: string | null;
    readonly port: number | null;
    /** Epoch milliseconds. */
    readonly createdAt: number;
    readonly isLeaving: boolean;
  }[];
}

/** One publisher at a time, until the transaction ends, so that versions are committed in order. */
export async function lockRoutes(tx: Tx): Promise<void> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtext('sconce_route'))::text`;
}

/** Services that stand, oldest first. */
export async function readRoutedServices(tx: Tx): Promise<RoutedServiceRow[]> {
  return tx.$queryRaw<RoutedServiceRow[]>`
    SELECT s.id, s.slug, e.slug AS "environmentSlug", p.slug AS "projectSlug", s.live_release_id AS live,
      CASE WHEN r.id IS NULL THEN NULL ELSE jsonb_build_object('release', r.release_id, 'phase', r.phase, 'pausedFrom', r.paused_from,
        'strategy', r.strategy) END AS rollout,
      (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', l.id, 'number', l.number, 'replicaSet', l.replica_set_id,
          'drainTimeoutMs', l.spec->'drainTimeoutMs', 'startupTimeoutMs', l.spec->'probe'->'startupTimeoutMs', 'concurrency', l.spec->'scaling'->'concurrency',
          'replicas', l.spec->'scaling'->'min')), '[]')
        FROM release l WHERE l.id IN (s.live_release_id, r.release_id)) AS releases,
      (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', x.id, 'release', x.release_id, 'health', x.health, 'host', x.host, 'port', x.port,
          'createdAt', floor(extract(epoch FROM x.created_at) * 1000), 'isLeaving', x.leaving_cause IS NOT NULL)), '[]')
        FROM replica x WHERE x.service_id = s.id) AS replicas
    FROM service s JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
    LEFT JOIN rollout r ON r.service_id = s.id AND r.phase NOT IN ('complete', 'aborted', 'superseded')
    WHERE s.deleted_at IS NULL AND e.deleted_at IS NULL AND p.deleted_at IS NULL
    ORDER BY s.created_at, s.id`;
}

/** Null before the first one. */
export async function readNewestRouteTable(tx: Tx): Promise<RouteTable | null> {
  const rows = await tx.$queryRaw<
    { table: RouteTable }[]
  >`SELECT "table" FROM route_table ORDER BY version DESC LIMIT 1`;
  return rows[0]?.table ?? null;
}

export async function readNewestRouteVersion(
  tx: Tx,
): Promise<{ readonly version: number; readonly hash: string } | null> {
  const rows = await tx.$queryRaw<
    { version: bigint; hash: string }[]
  >`SELECT version, hash FROM route_table ORDER BY version DESC LIMIT 1`;
  return rows[0] ? { version: Number(rows[0].version), hash: rows[0].hash } : null;
}

/**
 * Stores the next version, announces it, notes which replicas it names and since which version the others are in none, and forgets all but
 * the newest `keep`. Answers the version. Hold `lockRoutes`.
 */
export async function insertRouteTable(
  tx: Tx,
  routes: RouteTable['routes'],
  hash: string,
  keep: number,
  routed: { readonly replicas: readonly string[]; readonly at: Date },
): Promise<number> {
  const ids = [...routed.replicas];
  const rows = await tx.$queryRaw<{ version: bigint }[]>`
    WITH next AS (SELECT nextval(pg_get_serial_sequence('route_table', 'version')) AS version),
    old AS (DELETE FROM route_table WHERE version IN (SELECT version FROM route_table ORDER BY version DESC OFFSET ${keep - 1})),
    marked AS (
      UPDATE replica SET routed = (id = ANY(${ids})), unrouted_version = CASE WHEN id = ANY(${ids}) THEN NULL ELSE next.version END,
        unrouted_at = CASE WHEN id = ANY(${ids}) THEN NULL ELSE ${routed.at}::timestamptz END
      FROM next WHERE routed <> (id = ANY(${ids}))),
    made AS (
      INSERT INTO route_table (version, "table", hash)
      SELECT version, jsonb_build_object('version', version, 'routes', ${JSON.stringify(routes)}::jsonb), ${hash} FROM next RETURNING version)
    SELECT version, pg_notify('sconce_route', version::text)::text FROM made`;
  return Number(rows[0]?.version);
}

/** The next version will be higher than `version`: a gateway has seen that one, from a database that is gone. */
export async function raiseRouteVersion(tx: Tx, version: number): Promise<void> {
  await tx.$queryRaw`
    SELECT setval(pg_get_serial_sequence('route_table', 'version'), GREATEST(${BigInt(version)}, (SELECT COALESCE(MAX(version), 1) FROM route_table)))::text`;
}

/** The same notes where the newest table, of `version`, says what is to be said already. */
export async function markRouted(tx: Tx, routed: readonly string[], version: number, at: Date): Promise<void> {
  const ids = [...routed];
  await tx.$executeRaw`
    UPDATE replica SET routed = (id = ANY(${ids})), unrouted_version = CASE WHEN id = ANY(${ids}) THEN NULL ELSE ${BigInt(version)}::bigint END,
      unrouted_at = CASE WHEN id = ANY(${ids}) THEN NULL ELSE ${at}::timestamptz END
    WHERE routed <> (id = ANY(${ids}))`;
}
