import type { Tx } from '../database.ts';

export interface AddedClusterRow {
  readonly name: string;
  /** Owner of its sealed values. */
  readonly id: string;
  readonly server: string;
  readonly registry: string;
  readonly podSecurity: 'restricted' | 'baseline';
  readonly gatewayCidrs: readonly string[];
  /** `namespace/name` of a service account, or null. */
  readonly account: string | null;
  readonly accessValueId: string;
  readonly registryValueId: string | null;
  /** Raised with every change: who has it open with an older one opens it anew. */
  readonly version: number;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly updatedBy: string | null;
  readonly updatedAt: Date;
}

type Settled = Omit<AddedClusterRow, 'version' | 'createdAt' | 'updatedAt'>;

/** Also makes the row of what is seen of it: away until it was heard. False when the name or the server is taken. */
export async function insertAddedCluster(tx: Tx, cluster: Settled, now: Date): Promise<boolean> {
  const made = await tx.addedCluster.createMany({
    data: [{ ...cluster, gatewayCidrs: [...cluster.gatewayCidrs], createdAt: now, updatedAt: now }],
    skipDuplicates: true,
  });
  if (made.count === 0) return false;
  await tx.$executeRaw`
    INSERT INTO cluster (name, pools, warnings, observed_at, away_at) VALUES (${cluster.name}, '[]', '{}', ${now}, ${now})
    ON CONFLICT (name) DO NOTHING`;
  await announceClusters(tx);
  return true;
}

export async function listAddedClusters(tx: Tx): Promise<AddedClusterRow[]> {
  return (await tx.addedCluster.findMany({ orderBy: { name: 'asc' } })).map(toRow);
}

export async function findAddedCluster(tx: Tx, name: string): Promise<AddedClusterRow | null> {
  const row = await tx.addedCluster.findUnique({ where: { name } });
  return row ? toRow(row) : null;
}

export async function findAddedClusterByServer(tx: Tx, server: string): Promise<AddedClusterRow | null> {
  const row = await tx.addedCluster.findUnique({ where: { server } });
  return row ? toRow(row) : null;
}

/** For a change: until the transaction ends nobody else changes it, nor makes an environment on it. */
export async function lockAddedCluster(tx: Tx, name: string): Promise<AddedClusterRow | null> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM added_cluster WHERE name = ${name} FOR UPDATE`;
  return rows.length > 0 ? findAddedCluster(tx, name) : null;
}

/** For making an environment on it: until the transaction ends it is not removed. False when there is none. */
export async function holdAddedCluster(tx: Tx, name: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM added_cluster WHERE name = ${name} FOR SHARE`;
  return rows.length > 0;
}

export async function writeAddedCluster(
  tx: Tx,
  name: string,
  changes: Partial<Omit<Settled, 'name' | 'id' | 'createdBy'>>,
  now: Date,
): Promise<void> {
  const { gatewayCidrs, ...others } = changes;
  const lists = gatewayCidrs === undefined ? {} : { gatewayCidrs: [...gatewayCidrs] };
  const data = { ...others, ...lists, updatedAt: now, version: { increment: 1 } };
  await tx.addedCluster.update({ where: { name }, data });
  await announceClusters(tx);
}

/** Takes away the sealed values of a cluster that it has others for by now. */
export async function removeSealedValuesBefore(tx: Tx, cluster: AddedClusterRow): Promise<void> {
  const kept = [cluster.accessValueId, ...(cluster.registryValueId === null ? [] : [cluster.registryValueId])];
  await tx.sealedValue.deleteMany({ where: { kind: 'secret', owner: cluster.id, id: { notIn: kept } } });
}

/** Takes its sealed values, and what was seen of it, with it. */
export async function removeAddedCluster(tx: Tx, cluster: Pick<AddedClusterRow, 'name' | 'id'>): Promise<void> {
  await tx.addedCluster.delete({ where: { name: cluster.name } });
  await tx.sealedValue.deleteMany({ where: { kind: 'secret', owner: cluster.id } });
  await tx.$executeRaw`DELETE FROM cluster WHERE name = ${cluster.name}`;
  await announceClusters(tx);
}

/** Paths of the environments that stand on a cluster, `project/environment`. */
export async function listEnvironmentsOn(tx: Tx, cluster: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ path: string }[]>`
    SELECT p.slug || '/' || e.slug AS path FROM environment e JOIN project p ON p.id = e.project_id
    WHERE e.cluster = ${cluster} AND e.deleted_at IS NULL AND p.deleted_at IS NULL ORDER BY path`;
  return rows.map(({ path }) => path);
}

/** Where an environment is, also after it was deleted; null when it never was. */
export async function findClusterOf(tx: Tx, environmentId: string): Promise<string | null> {
  const row = await tx.environment.findUnique({ where: { id: environmentId }, select: { cluster: true } });
  return row?.cluster ?? null;
}

/** The environment that a service belongs to, also after either was deleted. */
export async function findEnvironmentOf(tx: Tx, serviceId: string): Promise<string | null> {
  const row = await tx.service.findUnique({ where: { id: serviceId }, select: { environmentId: true } });
  return row?.environmentId ?? null;
}

async function announceClusters(tx: Tx): Promise<void> {
  await tx.$queryRaw`SELECT pg_notify('sconce_cluster', '')::text`;
}

function toRow({ kind: _kind, ...row }: Omit<AddedClusterRow, 'podSecurity'> & { kind: string; podSecurity: string }) {
  return { ...row, podSecurity: row.podSecurity === 'baseline' ? ('baseline' as const) : ('restricted' as const) };
}
