import type { Rights, Role, Scope, TokenKind } from '@sconce/core';
import { findPresentedToken, type PresentedToken } from '@sconce/db';
import type { Deps } from '../deps.ts';
import { readTokenText } from './token-text.ts';

/** Who is asking: a token that works, and the person behind it where there is one. */
export interface Caller {
  readonly tokenId: string;
  readonly tokenName: string;
  readonly kind: TokenKind;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly createdAt: Date;
  /** Of a session: what it began with. */
  readonly beganWith: string | null;
  readonly rights: Rights;
  readonly user: PresentedToken['user'];
  /** Written into events: `usr_...`, or `tok_...` for tokens that are nobody's. */
  readonly actor: string;
}

/** Why a token is not taken; `unknown` tells a stranger nothing, the others only its holder can see. */
export type Unauthenticated = 'malformed' | 'unknown' | 'expired' | 'revoked';

const idleMs = 7 * 86_400_000;

/** A session that was last used before this has ended by itself. */
export const idleSince = (nowMs: number): Date => new Date(nowMs - idleMs);

const lastSeen = ({ lastUsedAt, createdAt }: PresentedToken): Date => lastUsedAt ?? createdAt;

/** Looks the token up afresh each time: one that was revoked is refused by the next request. */
export async function authenticate(deps: Pick<Deps, 'db' | 'clock'>, text: string): Promise<Caller | Unauthenticated> {
  const read = readTokenText(text);
  if (!read) return 'malformed';
  const token = await findPresentedToken(deps.db.tx, read.hash);
  if (!token || token.kind === 'setup') return 'unknown';
  if (token.revokedAt !== null || !token.standing) return 'revoked';
  if (token.expiresAt !== null && token.expiresAt.getTime() <= deps.clock.now()) return 'expired';
  if (token.kind === 'session' && lastSeen(token).getTime() <= idleSince(deps.clock.now()).getTime()) return 'expired';
  return toCaller(token);
}

export function toCaller(token: PresentedToken): Caller {
  const { user } = token;
  return {
    tokenId: token.id,
    tokenName: token.name,
    kind: token.kind as TokenKind,
    expiresAt: token.expiresAt,
    lastUsedAt: token.lastUsedAt,
    createdAt: token.createdAt,
    beganWith: token.beganWith,
    rights: {
      scopes: token.scopes as Scope[],
      projectId: token.projectId,
      environmentId: token.environmentId,
      person: user === null ? null : { isAdmin: user.isAdmin, roles: token.roles as Record<string, Role> },
    },
    user,
    actor: user?.id ?? token.id,
  };
}
