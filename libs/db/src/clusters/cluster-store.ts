import type { Tx } from '../database.ts';

/** A node pool as the runtime described it. */
export interface StoredNodePool {
  readonly name: string;
  readonly nodes: number;
  /** Absent where it was written down before it was asked. */
  readonly leaving?: number;
  readonly cpuMilli: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly diskFreeMiB: number;
  readonly gpus: readonly {
    readonly product: string;
    readonly memoryMiB: number | null;
    readonly total: number;
    readonly free: number;
  }[];
}

export interface ClusterRow {
  readonly name: string;
  readonly pools: readonly StoredNodePool[];
  readonly warnings: readonly string[];
  readonly observedAt: Date;
  /** Since when it does not answer; null while it does. */
  readonly awayAt: Date | null;
}

/** Replaces what was known of a cluster; it answers. */
export async function putCluster(tx: Tx, cluster: Omit<ClusterRow, 'awayAt'>): Promise<void> {
  const { name, pools, warnings, observedAt } = cluster;
  await tx.$executeRaw`
    INSERT INTO cluster (name, pools, warnings, observed_at) VALUES (${name}, ${JSON.stringify(pools)}::jsonb, ${[...warnings]}, ${observedAt})
    ON CONFLICT (name) DO UPDATE SET pools = EXCLUDED.pools, warnings = EXCLUDED.warnings, observed_at = EXCLUDED.observed_at, away_at = NULL`;
}

/** The same of a cluster that was added: one that was removed meanwhile does not come back. */
export async function refreshCluster(tx: Tx, cluster: Omit<ClusterRow, 'awayAt'>): Promise<void> {
  const { name, pools, warnings, observedAt } = cluster;
  await tx.$executeRaw`
    UPDATE cluster SET pools = ${JSON.stringify(pools)}::jsonb, warnings = ${[...warnings]}, observed_at = ${observedAt}, away_at = NULL
    WHERE name = ${name}`;
}

/** It does not answer: what it said last stays, and since when is noted once. */
export async function markClusterAway(tx: Tx, name: string, at: Date): Promise<void> {
  await tx.$executeRaw`UPDATE cluster SET away_at = ${at} WHERE name = ${name} AND away_at IS NULL`;
}

/** By name, after `after`. */
export async function listClusters(tx: Tx, limit: number, after: string | null): Promise<ClusterRow[]> {
  return tx.$queryRaw<ClusterRow[]>`
    SELECT name, pools, warnings, observed_at AS "observedAt", away_at AS "awayAt" FROM cluster
    WHERE ${after}::text IS NULL OR name > ${after} ORDER BY name LIMIT ${limit}`;
}

export async function findCluster(tx: Tx, name: string): Promise<ClusterRow | null> {
  const rows = await tx.$queryRaw<ClusterRow[]>`
    SELECT name, pools, warnings, observed_at AS "observedAt", away_at AS "awayAt" FROM cluster WHERE name = ${name}`;
  return rows[0] ?? null;
}

export interface GpuHolderRow {
  /** The node it runs on. */
  readonly node: string;
  readonly serviceId: string;
  readonly servicePath: string;
  readonly replica: string;
  readonly gpus: number;
}

/** Replicas of a cluster that hold GPUs, of these projects (null: of all) and this environment alone, if one is given. */
export async function listGpuHolders(
  tx: Tx,
  cluster: string,
  visible: { readonly projectIds: readonly string[] | null; readonly environmentId: string | null },
): Promise<GpuHolderRow[]> {
  const projects = visible.projectIds === null ? null : [...visible.projectIds];
  return tx.$queryRaw<GpuHolderRow[]>`
    SELECT x.node, s.id AS "serviceId", p.slug || '/' || e.slug || '/' || s.slug AS "servicePath", x.name AS replica, cardinality(x.gpus) AS gpus
    FROM replica x JOIN service s ON s.id = x.service_id JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
    WHERE e.cluster = ${cluster} AND cardinality(x.gpus) > 0 AND s.deleted_at IS NULL AND e.deleted_at IS NULL AND p.deleted_at IS NULL
      AND (${projects}::text[] IS NULL OR p.id = ANY(${projects}::text[])) AND (${visible.environmentId}::text IS NULL OR e.id = ${visible.environmentId})
    ORDER BY "servicePath", x.name`;
}
