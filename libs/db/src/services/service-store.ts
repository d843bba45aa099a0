import { newId } from '@sconce/foundation';
import type { Tx } from '../database.ts';
import type { Prisma } from '../generated/client.ts';
import { releasedName } from '../read-models/listing.ts';

/** A service as verbs that change it need it. What people look at is in the read models. */
export interface ServiceRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly environmentId: string;
  readonly projectId: string;
  readonly repositoryId: string | null;
  readonly settings: object;
  readonly buildSettings: object;
  readonly secretGroups: readonly string[];
  readonly generation: number;
  readonly pinnedAt: Date | null;
  readonly version: number;
}

export interface ServiceFields {
  readonly name: string;
  readonly repositoryId: string | null;
  /** Partial settings: the layer above the file's. */
  readonly settings: object;
  readonly buildSettings: object;
}

const shown = {
  id: true,
  slug: true,
  name: true,
  environmentId: true,
  repositoryId: true,
  settings: true,
  buildSettings: true,
  secretGroups: true,
  generation: true,
  pinnedAt: true,
  version: true,
  environment: { select: { projectId: true } },
} as const;

/** Null when the slug is taken in its environment. */
export async function insertService(
  tx: Tx,
  environmentId: string,
  slug: string,
  fields: ServiceFields,
): Promise<string | null> {
  const data = [{ id: newId('svc'), environmentId, slug, secretGroups: [], ...toColumns(fields) }];
  const [row] = await tx.service.createManyAndReturn({ data, skipDuplicates: true, select: { id: true } });
  return row?.id ?? null;
}

export async function lockServiceSettings(tx: Tx, id: string): Promise<ServiceRow | null> {
  const rows = await tx.$queryRaw<
    unknown[]
  >`SELECT 1 FROM service WHERE id = ${id} AND deleted_at IS NULL FOR NO KEY UPDATE`;
  if (rows.length === 0) return null;
  const { environment, settings, buildSettings, ...row } = await tx.service.findUniqueOrThrow({
    where: { id },
    select: shown,
  });
  return {
    ...row,
    projectId: environment.projectId,
    settings: toObject(settings),
    buildSettings: toObject(buildSettings),
  };
}

/** Call it under the row's lock. */
export async function writeService(tx: Tx, id: string, changes: Partial<ServiceFields>): Promise<void> {
  await tx.service.update({ where: { id }, data: { ...toColumns(changes), version: { increment: 1 } } });
}

/** Set: pushes build and do not deploy until it is cleared. */
export async function writePin(
  tx: Tx,
  id: string,
  pin: { readonly at: Date; readonly reason: string | null } | null,
): Promise<void> {
  await tx.service.update({
    where: { id },
    data: { pinnedAt: pin?.at ?? null, pinnedReason: pin?.reason ?? null, version: { increment: 1 } },
  });
}

/** Nothing is desired of it any more; the generation fences what is under way. */
export async function removeService(
  tx: Tx,
  service: { readonly id: string; readonly slug: string },
  now: Date,
): Promise<void> {
  const { id, slug } = service;
  const data = { deletedAt: now, slug: releasedName(slug, id), desiredReleaseId: null, generation: { increment: 1 } };
  await tx.service.update({ where: { id }, data });
}

export async function listServiceIds(
  tx: Tx,
  owner: { readonly environmentId: string } | { readonly projectId: string },
): Promise<{ id: string; slug: string; environmentId: string }[]> {
  const where = 'projectId' in owner ? { environment: { projectId: owner.projectId } } : owner;
  return tx.service.findMany({
    where: { ...where, deletedAt: null },
    select: { id: true, slug: true, environmentId: true },
    orderBy: { id: 'asc' },
  });
}

function toColumns<F extends Partial<ServiceFields>>(
  fields: F,
): F & { settings: Prisma.InputJsonValue; buildSettings: Prisma.InputJsonValue } {
  return fields as F & { settings: Prisma.InputJsonValue; buildSettings: Prisma.InputJsonValue };
}

function toObject(json: unknown): object {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {};
}
