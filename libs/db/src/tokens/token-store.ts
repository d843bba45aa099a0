import { newId } from '@sconce/foundation';
import type { Tx } from '../database.ts';
import { byId, type Listing, when } from '../read-models/listing.ts';

export interface NewToken {
  readonly kind: string;
  readonly name: string;
  readonly hash: Uint8Array;
  readonly scopes: readonly string[];
  readonly userId: string | null;
  readonly projectId: string | null;
  readonly environmentId: string | null;
  readonly expiresAt: Date | null;
  /** Of a session: how it began, which token began it, and where. */
  readonly beganWith?: string;
  readonly beganBy?: string | null;
  readonly address?: string | null;
  readonly userAgent?: string | null;
}

/** What is shown of a token. The token itself is nowhere. */
export interface TokenRow {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly user: { readonly id: string; readonly name: string } | null;
  readonly project: { readonly id: string; readonly slug: string } | null;
  readonly environment: { readonly id: string; readonly slug: string } | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** A token that was presented, with all that decides over what it may do. */
export interface PresentedToken {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly projectId: string | null;
  readonly environmentId: string | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly createdAt: Date;
  /** Of a session: link | token | password | passkey | password_and_passkey */
  readonly beganWith: string | null;
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly name: string;
    readonly isAdmin: boolean;
    readonly createdAt: Date;
  } | null;
  /** False when its person, project or environment was removed. */
  readonly standing: boolean;
  readonly roles: Readonly<Record<string, string>>;
}

const shown = {
  id: true,
  kind: true,
  name: true,
  scopes: true,
  createdAt: true,
  expiresAt: true,
  lastUsedAt: true,
  revokedAt: true,
  user: { select: { id: true, name: true } },
  project: { select: { id: true, slug: true } },
  environment: { select: { id: true, slug: true } },
} as const;

export async function insertToken(tx: Tx, token: NewToken): Promise<TokenRow> {
  const data = { id: newId('tok'), ...token, scopes: [...token.scopes], hash: Buffer.from(token.hash) };
  return tx.token.create({ data, select: shown });
}

export async function findToken(tx: Tx, id: string): Promise<(TokenRow & { userId: string | null }) | null> {
  return tx.token.findUnique({ where: { id }, select: { ...shown, userId: true } });
}

/** One statement: it runs before everything else that a request does. */
export async function findPresentedToken(tx: Tx, hash: Uint8Array): Promise<PresentedToken | null> {
  const rows = await tx.$queryRaw<PresentedToken[]>`
    SELECT t.id, t.kind, t.name, t.scopes, t.project_id AS "projectId", t.environment_id AS "environmentId",
      t.expires_at AS "expiresAt", t.revoked_at AS "revokedAt", t.last_used_at AS "lastUsedAt",
      t.created_at AS "createdAt", t.began_with AS "beganWith",
      (u.id IS NULL OR u.deleted_at IS NULL) AND (p.id IS NULL OR p.deleted_at IS NULL)
        AND (e.id IS NULL OR e.deleted_at IS NULL) AS standing,
      CASE WHEN u.id IS NULL THEN NULL ELSE jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name,
        'isAdmin', u.is_admin, 'createdAt', u.created_at) END AS user,
      COALESCE((SELECT jsonb_object_agg(m.project_id, m.role) FROM member m WHERE m.user_id = t.user_id), '{}') AS roles
    FROM token t LEFT JOIN app_user u ON u.id = t.user_id LEFT JOIN project p ON p.id = t.project_id
      LEFT JOIN environment e ON e.id = t.environment_id
    WHERE t.hash = ${Buffer.from(hash)}`;
  return rows[0] ?? null;
}

export interface TokenFilter {
  readonly userId?: string | null;
  readonly projectId?: string | null;
  readonly revoked: boolean;
}

/** Sessions and setup links are not listed among tokens. */
export async function listTokens(tx: Tx, filter: TokenFilter, listing: Listing, now: Date): Promise<TokenRow[]> {
  const { take, orderBy, after } = byId(listing);
  const live = filter.revoked ? {} : { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] };
  const kind = { in: ['personal', 'service', 'deploy'] };
  const where = { kind, ...when('userId', filter.userId), ...when('projectId', filter.projectId), ...live, ...after };
  return tx.token.findMany({ where, take, orderBy, select: shown });
}

/** False when it was revoked before. */
export async function revokeToken(tx: Tx, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.token.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: now } });
  return count > 0;
}

export async function revokeTokensOf(
  tx: Tx,
  owner: { readonly userId: string } | { readonly projectId: string } | { readonly environmentId: string },
  now: Date,
): Promise<number> {
  const { count } = await tx.token.updateMany({ where: { ...owner, revokedAt: null }, data: { revokedAt: now } });
  return count;
}

/** Sign-in links of this person that nobody used yet work no more. */
export async function revokeSetupTokensOf(tx: Tx, userId: string, now: Date): Promise<void> {
  await tx.token.updateMany({ where: { kind: 'setup', userId, revokedAt: null }, data: { revokedAt: now } });
}

/** Takes a one-time token: of many at once one gets it. Null when it is unknown, used or out of time. */
export async function redeemToken(
  tx: Tx,
  kind: string,
  hash: Uint8Array,
  now: Date,
): Promise<{ id: string; userId: string | null } | null> {
  const rows = await tx.token.updateManyAndReturn({
    where: { kind, hash: Buffer.from(hash), revokedAt: null, expiresAt: { gt: now } },
    data: { revokedAt: now, lastUsedAt: now },
    select: { id: true, userId: true },
  });
  return rows[0] ?? null;
}

/** Many at once, off the path of requests; never moves a time back. */
export async function touchTokens(tx: Tx, uses: ReadonlyMap<string, Date>): Promise<void> {
  if (uses.size === 0) return;
  await tx.$executeRaw`
    UPDATE token SET last_used_at = GREATEST(token.last_used_at, used.at)
    FROM unnest(${[...uses.keys()]}::text[], ${[...uses.values()]}::timestamptz[]) AS used(id, at) WHERE token.id = used.id`;
}

/** Sessions and links that ended long ago, so that the table does not grow for ever. */
export async function removeEndedTokens(tx: Tx, before: Date): Promise<number> {
  const { count } = await tx.token.deleteMany({
    where: { kind: { in: ['session', 'setup'] }, OR: [{ expiresAt: { lt: before } }, { revokedAt: { lt: before } }] },
  });
  return count;
}
