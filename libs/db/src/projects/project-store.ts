import { newId } from '@sconce/foundation';
import type { Tx } from '../database.ts';
import { byId, type Listing, releasedName, when } from '../read-models/listing.ts';

export interface ProjectRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly version: number;
  readonly createdAt: Date;
}

const shown = { id: true, slug: true, name: true, version: true, createdAt: true } as const;

/** Null when the slug is taken. */
export async function insertProject(
  tx: Tx,
  project: { readonly slug: string; readonly name: string },
): Promise<ProjectRow | null> {
  const data = [{ id: newId('prj'), ...project }];
  const [row] = await tx.project.createManyAndReturn({ data, skipDuplicates: true, select: shown });
  return row ?? null;
}

export async function findProject(tx: Tx, id: string): Promise<ProjectRow | null> {
  return tx.project.findFirst({ where: { id, deletedAt: null }, select: shown });
}

/** `ids` null: of the whole installation. */
export async function listProjects(
  tx: Tx,
  filter: { readonly ids: readonly string[] | null; readonly slug?: string | null },
  listing: Listing,
): Promise<ProjectRow[]> {
  const { take, orderBy, after } = byId(listing);
  const mine = filter.ids === null ? [] : [{ id: { in: [...filter.ids] } }];
  const where = { deletedAt: null, ...when('slug', filter.slug), AND: [...mine, after] };
  return tx.project.findMany({ where, take, orderBy, select: shown });
}

/** Locks the row until the transaction ends: what is made inside of a project is made before or after its removal. */
export async function lockProject(tx: Tx, id: string): Promise<ProjectRow | null> {
  const rows = await tx.$queryRaw<ProjectRow[]>`
    SELECT id, slug, name, version, created_at AS "createdAt" FROM project WHERE id = ${id} AND deleted_at IS NULL FOR NO KEY UPDATE`;
  return rows[0] ?? null;
}

/** Call it under the row's lock. */
export async function writeProject(
  tx: Tx,
  id: string,
  changes: { readonly slug?: string; readonly name?: string },
): Promise<ProjectRow> {
  return tx.project.update({ where: { id }, data: { ...changes, version: { increment: 1 } }, select: shown });
}

export async function removeProject(tx: Tx, project: ProjectRow, now: Date): Promise<void> {
  await tx.project.update({
    where: { id: project.id },
    data: { deletedAt: now, slug: releasedName(project.slug, project.id) },
  });
  await tx.member.deleteMany({ where: { projectId: project.id } });
}
