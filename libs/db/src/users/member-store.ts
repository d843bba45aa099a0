import type { Tx } from '../database.ts';
import type { Listing } from '../read-models/listing.ts';

export interface MemberRow {
  readonly user: { readonly id: string; readonly email: string; readonly name: string };
  readonly role: string;
  readonly createdAt: Date;
  /** When they signed in for the first time; null: not yet. */
  readonly cameAt: Date | null;
}

const shown = {
  role: true,
  createdAt: true,
  user: { select: { id: true, email: true, name: true, firstSignedInAt: true } },
} as const;

type Shown = Omit<MemberRow, 'cameAt' | 'user'> & {
  readonly user: MemberRow['user'] & { readonly firstSignedInAt: Date | null };
};

const toMember = ({ user: { firstSignedInAt: cameAt, ...user }, ...row }: Shown): MemberRow => ({
  ...row,
  user,
  cameAt,
});

export async function listMembers(tx: Tx, projectId: string, listing: Listing): Promise<MemberRow[]> {
  const newest = listing.order === 'newest';
  const after = listing.after === null ? {} : { userId: newest ? { lt: listing.after } : { gt: listing.after } };
  const orderBy = { userId: newest ? ('desc' as const) : ('asc' as const) };
  const where = { projectId, user: { deletedAt: null }, ...after };
  return (await tx.member.findMany({ where, take: listing.limit, orderBy, select: shown })).map(toMember);
}

export async function findMember(tx: Tx, projectId: string, email: string): Promise<MemberRow | null> {
  const row = await tx.member.findFirst({ where: { projectId, user: { email, deletedAt: null } }, select: shown });
  return row ? toMember(row) : null;
}

export async function putMember(tx: Tx, projectId: string, userId: string, role: string): Promise<void> {
  const where = { projectId_userId: { projectId, userId } };
  await tx.member.upsert({ where, create: { projectId, userId, role }, update: { role } });
}

export async function removeMember(tx: Tx, projectId: string, userId: string): Promise<void> {
  await tx.member.deleteMany({ where: { projectId, userId } });
}

/** Role of a person by project. */
export async function readRoles(tx: Tx, userId: string): Promise<Record<string, string>> {
  const rows = await tx.member.findMany({ where: { userId }, select: { projectId: true, role: true } });
  return Object.fromEntries(rows.map((row) => [row.projectId, row.role]));
}
