import { findPresentedToken, findUser, insertToken, redeemToken, type Tx } from '@sconce/db';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { authenticate, type Caller, toCaller } from './caller.ts';
import { hashToken, makeTokenText, readTokenText } from './token-text.ts';

const hourMs = 3_600_000;
const sessionMs = 14 * 24 * hourMs;
const setupLinkMs = hourMs;

export interface Session {
  /** The cookie's value; kept nowhere else. */
  readonly text: string;
  readonly expiresAt: Date;
  readonly caller: Caller;
}

/** Changes a personal token for a browser session of the same reach. Throws `Rejection` when it is not one that works. */
export async function createSession(deps: Deps, input: { readonly token: string }): Promise<Session> {
  const caller = await authenticate(deps, input.token);
  if (typeof caller === 'string' || caller.user === null || caller.kind !== 'personal') {
    const message = 'This is not a personal token that works';
    throw new Rejection('invalid', message, { errors: [{ path: 'token', code: 'not_accepted', message }] });
  }
  const { id } = caller.user;
  return deps.db.transaction((tx) =>
    openSession(deps, tx, {
      userId: id,
      scopes: caller.rights.scopes,
      projectId: caller.rights.projectId,
      until: caller.expiresAt,
    }),
  );
}

/** A link that lets one person in once, within the hour. Answers its code. */
export async function createSetupCode(deps: Deps, tx: Tx, userId: string): Promise<string> {
  const text = makeTokenText('setup');
  const expiresAt = new Date(deps.clock.now() + setupLinkMs);
  await insertToken(tx, {
    kind: 'setup',
    name: 'First visit',
    hash: hashToken(text),
    scopes: [],
    userId,
    projectId: null,
    environmentId: null,
    expiresAt,
  });
  return text.slice('sconce_setup_'.length);
}

/** Uses the link up. Of many at once one gets the session; null for all others, and for links that are unknown or too old. */
export async function redeemSetupCode(deps: Deps, code: string): Promise<Session | null> {
  const read = readTokenText(`sconce_setup_${code}`);
  if (!read) return null;
  return deps.db.transaction(async (tx) => {
    const redeemed = await redeemToken(tx, 'setup', read.hash, new Date(deps.clock.now()));
    const user = redeemed?.userId ? await findUser(tx, redeemed.userId) : null;
    if (!user) return null;
    return openSession(deps, tx, {
      userId: user.id,
      scopes: user.isAdmin ? ['instance'] : ['admin'],
      projectId: null,
      until: null,
    });
  });
}

/** True while the link would still let someone in; looking does not use it up. */
export async function isSetupCodeOpen(deps: Deps, code: string): Promise<boolean> {
  const read = readTokenText(`sconce_setup_${code}`);
  const token = read ? await findPresentedToken(deps.db.tx, read.hash) : null;
  return (
    token?.kind === 'setup' &&
    token.standing &&
    token.revokedAt === null &&
    (token.expiresAt?.getTime() ?? 0) > deps.clock.now()
  );
}

async function openSession(
  deps: Deps,
  tx: Tx,
  session: {
    readonly userId: string;
    readonly scopes: readonly string[];
    readonly projectId: string | null;
    readonly until: Date | null;
  },
): Promise<Session> {
  const text = makeTokenText('session');
  const hash = hashToken(text);
  const longest = new Date(deps.clock.now() + sessionMs);
  const expiresAt = session.until && session.until < longest ? session.until : longest;
  const { userId, scopes, projectId } = session;
  await insertToken(tx, {
    kind: 'session',
    name: 'Browser',
    hash,
    scopes,
    userId,
    projectId,
    environmentId: null,
    expiresAt,
  });
  const token = await findPresentedToken(tx, hash);
  if (!token) throw new Error('The session that was just made is not there');
  return { text, expiresAt, caller: toCaller(token) };
}
