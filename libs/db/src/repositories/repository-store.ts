import { newId } from '@sconce/foundation';
import type { Tx } from '../database.ts';
import { byId, type Listing, releasedName, when } from '../read-models/listing.ts';

export interface RepositoryRow {
  readonly id: string;
  readonly slug: string;
  readonly kind: string;
  readonly hostId: string;
  readonly fullName: string;
  readonly installationId: string | null;
  readonly defaultBranch: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly project: { readonly id: string; readonly slug: string };
}

export interface NewRepository {
  readonly projectId: string;
  readonly slug: string;
  readonly kind: 'builtin' | 'github';
  /** Null: its own id. */
  readonly hostId: string | null;
  readonly fullName: string;
  readonly installationId: string | null;
  readonly defaultBranch: string;
}

const shown = {
  id: true,
  slug: true,
  kind: true,
  hostId: true,
  fullName: true,
  installationId: true,
  defaultBranch: true,
  version: true,
  createdAt: true,
  project: { select: { id: true, slug: true } },
} as const;

/** Null when the slug is taken in its project. */
export async function insertRepository(tx: Tx, repository: NewRepository): Promise<RepositoryRow | null> {
  const id = newId('rpo');
  const data = [{ id, ...repository, hostId: repository.hostId ?? id }];
  const made = await tx.repository.createMany({ data, skipDuplicates: true });
  return made.count > 0 ? findRepository(tx, id) : null;
}

export async function findRepository(tx: Tx, id: string): Promise<RepositoryRow | null> {
  return tx.repository.findFirst({ where: { id, deletedAt: null }, select: shown });
}

/** By the slugs in its push URL. */
export async function findRepositoryByPath(tx: Tx, projectSlug: string, slug: string): Promise<RepositoryRow | null> {
  const where = { slug, deletedAt: null, project: { slug: projectSlug, deletedAt: null } };
  return tx.repository.findFirst({ where, select: shown });
}

export async function listRepositories(
  tx: Tx,
  filter: { readonly projectId: string | null; readonly kind?: string | null; readonly slug?: string | null },
  listing: Listing,
): Promise<RepositoryRow[]> {
  const { take, orderBy, after } = byId(listing);
  const named = { ...when('projectId', filter.projectId), ...when('kind', filter.kind), ...when('slug', filter.slug) };
  return tx.repository.findMany({ where: { deletedAt: null, ...named, ...after }, take, orderBy, select: shown });
}

export async function lockRepository(tx: Tx, id: string): Promise<RepositoryRow | null> {
  const rows = await tx.$queryRaw<
    unknown[]
  >`SELECT 1 FROM repository WHERE id = ${id} AND deleted_at IS NULL FOR NO KEY UPDATE`;
  return rows.length > 0 ? findRepository(tx, id) : null;
}

export async function writeRepository(tx: Tx, id: string, changes: { readonly defaultBranch?: string }): Promise<void> {
  await tx.repository.update({ where: { id }, data: { ...changes, version: { increment: 1 } } });
}

/** Services built from it keep running and lose their source. Answers how many. */
export async function removeRepository(
  tx: Tx,
  repository: { readonly id: string; readonly slug: string },
  now: Date,
): Promise<number> {
  const { id, slug } = repository;
  await tx.repository.update({ where: { id }, data: { deletedAt: now, slug: releasedName(slug, id) } });
  await tx.branchRule.deleteMany({ where: { repositoryId: id } });
  const left = await tx.service.updateMany({
    where: { repositoryId: id, deletedAt: null },
    data: { repositoryId: null, version: { increment: 1 } },
  });
  return left.count;
}

/** Newest head known of each branch and tag. */
export async function readRefHeads(tx: Tx, repositoryId: string): Promise<{ ref: string; commit: string | null }[]> {
  return tx.refHead.findMany({ where: { repositoryId }, select: { ref: true, commit: true } });
}

/** Of these ids, those whose repository was removed. One that is not known at all may be about to be made: it is not among them. */
export async function findRemovedRepositories(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.repository.findMany({
    where: { id: { in: [...ids] }, deletedAt: { not: null } },
    select: { id: true },
  });
  return rows.map((row) => row.id);
}
