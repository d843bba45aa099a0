import { newId } from '@sconce/foundation';
import type { Tx } from '../database.ts';
import { byId, type Listing, releasedName, when } from '../read-models/listing.ts';

export interface EnvironmentRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly cluster: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly project: { readonly id: string; readonly slug: string };
  /** How many services stand in it. */
  readonly services: number;
}

const shown = {
  id: true,
  slug: true,
  name: true,
  cluster: true,
  version: true,
  createdAt: true,
  project: { select: { id: true, slug: true } },
  _count: { select: { services: { where: { deletedAt: null } } } },
} as const;

type Found = Omit<EnvironmentRow, 'services'> & { readonly _count: { readonly services: number } };
const toRow = ({ _count, ...row }: Found): EnvironmentRow => ({ ...row, services: _count.services });

/** Null when the slug is taken in its project. */
export async function insertEnvironment(
  tx: Tx,
  environment: { readonly projectId: string; readonly slug: string; readonly name: string; readonly cluster: string },
): Promise<string | null> {
  const data = [{ id: newId('env'), ...environment }];
  const [row] = await tx.environment.createManyAndReturn({ data, skipDuplicates: true, select: { id: true } });
  return row?.id ?? null;
}

export async function findEnvironment(tx: Tx, id: string): Promise<EnvironmentRow | null> {
  const row = await tx.environment.findFirst({ where: { id, deletedAt: null }, select: shown });
  return row ? toRow(row) : null;
}

export async function listEnvironments(
  tx: Tx,
  filter: { readonly projectId: string; readonly slug?: string | null },
  listing: Listing,
): Promise<EnvironmentRow[]> {
  const { take, orderBy, after } = byId(listing);
  const where = { projectId: filter.projectId, deletedAt: null, ...when('slug', filter.slug), ...after };
  return (await tx.environment.findMany({ where, take, orderBy, select: shown })).map(toRow);
}

export async function lockEnvironment(tx: Tx, id: string): Promise<EnvironmentRow | null> {
  const rows = await tx.$queryRaw<
    unknown[]
  >`SELECT 1 FROM environment WHERE id = ${id} AND deleted_at IS NULL FOR NO KEY UPDATE`;
  return rows.length > 0 ? findEnvironment(tx, id) : null;
}

export async function writeEnvironment(tx: Tx, id: string, changes: { readonly name?: string }): Promise<void> {
  await tx.environment.update({ where: { id }, data: { ...changes, version: { increment: 1 } } });
}

export async function removeEnvironment(
  tx: Tx,
  environment: { readonly id: string; readonly slug: string },
  now: Date,
): Promise<void> {
  const { id, slug } = environment;
  await tx.environment.update({ where: { id }, data: { deletedAt: now, slug: releasedName(slug, id) } });
  await tx.secretGroup.updateMany({ where: { environmentId: id, deletedAt: null }, data: { deletedAt: now } });
}
