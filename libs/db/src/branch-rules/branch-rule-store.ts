import { newId } from '@sconce/foundation';
import type { Tx } from '../database.ts';
import { byId, type Listing } from '../read-models/listing.ts';

export interface BranchRuleRow {
  readonly id: string;
  readonly branches: readonly string[];
  readonly position: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly project: { readonly id: string; readonly slug: string };
  readonly environment: { readonly id: string; readonly slug: string };
  readonly repository: { readonly id: string; readonly slug: string } | null;
}

export interface BranchRuleFields {
  readonly environmentId: string;
  readonly repositoryId: string | null;
  readonly branches: readonly string[];
  readonly position: number;
}

const shown = {
  id: true,
  branches: true,
  position: true,
  version: true,
  createdAt: true,
  repositoryId: true,
  project: { select: { id: true, slug: true } },
  environment: { select: { id: true, slug: true } },
} as const;

type Found = Omit<BranchRuleRow, 'repository'> & { readonly repositoryId: string | null };

/** A rule names its repository by id only; their slugs are looked up for all rows at once. */
async function withRepositories(tx: Tx, rows: readonly Found[]): Promise<BranchRuleRow[]> {
  const ids = rows.flatMap((row) => row.repositoryId ?? []);
  const named = await tx.repository.findMany({ where: { id: { in: ids } }, select: { id: true, slug: true } });
  const byRepository = new Map(named.map((row) => [row.id, row]));
  return rows.map(({ repositoryId, ...row }) => ({ ...row, repository: byRepository.get(repositoryId ?? '') ?? null }));
}

export async function insertBranchRule(tx: Tx, projectId: string, fields: BranchRuleFields): Promise<string> {
  const data = { id: newId('rul'), projectId, ...fields, branches: [...fields.branches] };
  return (await tx.branchRule.create({ data, select: { id: true } })).id;
}

export async function findBranchRule(tx: Tx, id: string): Promise<BranchRuleRow | null> {
  const row = await tx.branchRule.findUnique({ where: { id }, select: shown });
  return row ? ((await withRepositories(tx, [row]))[0] ?? null) : null;
}

export async function listBranchRules(tx: Tx, projectId: string, listing: Listing): Promise<BranchRuleRow[]> {
  const { take, orderBy, after } = byId(listing);
  return withRepositories(
    tx,
    await tx.branchRule.findMany({ where: { projectId, ...after }, take, orderBy, select: shown }),
  );
}

export async function countBranchRules(tx: Tx, projectId: string): Promise<number> {
  return tx.branchRule.count({ where: { projectId } });
}

export async function lockBranchRule(tx: Tx, id: string): Promise<BranchRuleRow | null> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM branch_rule WHERE id = ${id} FOR NO KEY UPDATE`;
  return rows.length > 0 ? findBranchRule(tx, id) : null;
}

export async function writeBranchRule(tx: Tx, id: string, changes: Partial<BranchRuleFields>): Promise<void> {
  const { branches, ...rest } = changes;
  await tx.branchRule.update({
    where: { id },
    data: { ...rest, ...(branches ? { branches: [...branches] } : {}), version: { increment: 1 } },
  });
}

export async function removeBranchRule(tx: Tx, id: string): Promise<void> {
  await tx.branchRule.delete({ where: { id } });
}

export async function removeBranchRulesOf(
  tx: Tx,
  owner: { readonly environmentId: string } | { readonly projectId: string },
): Promise<number> {
  return (await tx.branchRule.deleteMany({ where: owner })).count;
}
