import type { Tx } from '../database.ts';
import { byId, type Listing } from '../read-models/listing.ts';

export interface SessionRow {
  readonly id: string;
  readonly beganWith: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
}

const shown = {
  id: true,
  beganWith: true,
  address: true,
  userAgent: true,
  createdAt: true,
  lastUsedAt: true,
  expiresAt: true,
} as const;

export interface LiveSessions {
  readonly userId: string;
  readonly now: Date;
  /** Sessions last used before this have ended by themselves. */
  readonly idleSince: Date;
}

function live({ userId, now, idleSince }: LiveSessions) {
  return {
    kind: 'session',
    userId,
    revokedAt: null,
    expiresAt: { gt: now },
    OR: [{ lastUsedAt: { gt: idleSince } }, { lastUsedAt: null, createdAt: { gt: idleSince } }],
  };
}

export async function listSessions(tx: Tx, of: LiveSessions, listing: Listing): Promise<SessionRow[]> {
  const { take, orderBy, after } = byId(listing);
  return tx.token.findMany({ where: { ...live(of), ...after }, take, orderBy, select: shown });
}

export async function findSession(tx: Tx, of: LiveSessions, id: string): Promise<SessionRow | null> {
  return tx.token.findFirst({ where: { ...live(of), id }, select: shown });
}

/** Ends those of a person, or those that one token began; all but one where that is to stay. Answers their ids. */
export async function endSessions(
  tx: Tx,
  of: { readonly userId: string; readonly beganBy?: string; readonly except?: string | null },
  now: Date,
): Promise<string[]> {
  const { userId, beganBy, except } = of;
  const rows = await tx.token.updateManyAndReturn({
    where: {
      kind: 'session',
      userId,
      revokedAt: null,
      expiresAt: { gt: now },
      ...(beganBy === undefined ? {} : { beganBy }),
      ...(except ? { id: { not: except } } : {}),
    },
    data: { revokedAt: now },
    select: { id: true },
  });
  return rows.map((row) => row.id);
}
