import {
  appendEvent,
  findPresentedToken,
  findUser,
  insertToken,
  markFirstSignIn,
  readRoles,
  redeemToken,
  revokeToken,
  type Tx,
  type UserRow,
} from '@sconce/db';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { authenticate, type Caller, toCaller } from './caller.ts';
import { hashToken, makeTokenText, readTokenText } from './token-text.ts';

const hourMs = 3_600_000;
/** A session ends after so long, however much it is used. */
const sessionMs = 30 * 24 * hourMs;
const setupLinkMs = hourMs;

/** What a session began with. Of `token`, the token is told by `beganBy`. */
export type BeganWith = 'link' | 'token' | 'password' | 'passkey' | 'password_and_passkey';

/** Where somebody signs in, and what that browser had before. */
export interface SessionOrigin {
  readonly address: string | null;
  /** Its own words for itself. */
  readonly userAgent: string | null;
  /** A session that the new one takes the place of: it ends with that, whoever may have its cookie. */
  readonly replaces: string | null;
}

export const unknownOrigin: SessionOrigin = { address: null, userAgent: null, replaces: null };

export interface Session {
  /** The cookie's value; kept nowhere else. */
  readonly text: string;
  readonly expiresAt: Date;
  readonly caller: Caller;
}

/** Changes a personal token for a browser session of the same reach. Throws `Rejection` when it is not one that works. */
export async function createSession(
  deps: Deps,
  input: { readonly token: string; readonly origin: SessionOrigin },
): Promise<Session> {
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
      beganWith: 'token',
      beganBy: caller.tokenId,
      origin: input.origin,
    }),
  );
}

/** For a person who proved who they are. */
export async function beginSession(
  deps: Deps,
  input: { readonly userId: string; readonly beganWith: BeganWith; readonly origin: SessionOrigin },
): Promise<Session> {
  const { userId, beganWith, origin } = input;
  return deps.db.transaction(async (tx) => {
    const user = await findUser(tx, userId);
    if (!user) throw new Rejection('forbidden', 'This person was removed meanwhile');
    return openSession(deps, tx, { ...wholeReachOf(user), userId, beganWith, beganBy: null, origin });
  });
}

/** A link that lets one person in once, within the hour. Answers its code. */
export async function createSetupCode(deps: Deps, tx: Tx, userId: string): Promise<string> {
  return (await createSetupLink(deps, tx, userId)).code;
}

/** The same, with the time that it works until. */
export async function createSetupLink(
  deps: Deps,
  tx: Tx,
  userId: string,
): Promise<{ readonly code: string; readonly expiresAt: Date }> {
  const text = makeTokenText('setup');
  const expiresAt = new Date(deps.clock.now() + setupLinkMs);
  await insertToken(tx, {
    kind: 'setup',
    name: 'Sign-in link',
    hash: hashToken(text),
    scopes: [],
    userId,
    projectId: null,
    environmentId: null,
    expiresAt,
  });
  return { code: text.slice('sconce_setup_'.length), expiresAt };
}

/** Uses the link up. Of many at once one gets the session; null for all others, and for links that are unknown or too old. */
export async function redeemSetupCode(
  deps: Deps,
  code: string,
  origin: SessionOrigin = unknownOrigin,
): Promise<Session | null> {
  const read = readTokenText(`sconce_setup_${code}`);
  if (!read) return null;
  return deps.db.transaction(async (tx) => {
    const redeemed = await redeemToken(tx, 'setup', read.hash, new Date(deps.clock.now()));
    const user = redeemed?.userId ? await findUser(tx, redeemed.userId) : null;
    if (!user) return null;
    return openSession(deps, tx, {
      ...wholeReachOf(user),
      userId: user.id,
      beganWith: 'link',
      beganBy: null,
      origin,
    });
  });
}

function wholeReachOf(user: UserRow) {
  return { scopes: user.isAdmin ? ['instance'] : ['admin'], projectId: null, until: null };
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

interface NewSession {
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly projectId: string | null;
  readonly until: Date | null;
  readonly beganWith: BeganWith;
  readonly beganBy: string | null;
  readonly origin: SessionOrigin;
}

/** The longest text of a browser for itself that is kept. */
const longestUserAgent = 300;

async function openSession(deps: Deps, tx: Tx, session: NewSession): Promise<Session> {
  const text = makeTokenText('session');
  const hash = hashToken(text);
  const longest = new Date(deps.clock.now() + sessionMs);
  const expiresAt = session.until && session.until < longest ? session.until : longest;
  const { userId, scopes, projectId, beganWith, beganBy, origin } = session;
  const { id } = await insertToken(tx, {
    kind: 'session',
    name: 'Browser',
    hash,
    scopes,
    userId,
    projectId,
    environmentId: null,
    expiresAt,
    beganWith,
    beganBy,
    address: origin.address,
    userAgent: origin.userAgent?.slice(0, longestUserAgent) ?? null,
  });
  await appendEvent(tx, {
    type: 'session.began',
    projectId: null,
    subjectId: id,
    data: { with: beganWith },
    actor: userId,
  });
  await noteFirstSignIn(deps, tx, userId, beganWith);
  if (origin.replaces !== null) await revokeToken(tx, origin.replaces, new Date(deps.clock.now()));
  const token = await findPresentedToken(tx, hash);
  if (!token) throw new Error('The session that was just made is not there');
  return { text, expiresAt, caller: toCaller(token) };
}

/** Those whose projects they are in see that they came; whoever had a token before was here. */
async function noteFirstSignIn(deps: Deps, tx: Tx, userId: string, beganWith: BeganWith): Promise<void> {
  const isFirst = await markFirstSignIn(tx, userId, new Date(deps.clock.now()));
  if (!isFirst || beganWith === 'token') return;
  for (const projectId of Object.keys(await readRoles(tx, userId)))
    await appendEvent(tx, { type: 'member.came', projectId, subjectId: userId, actor: userId });
}
