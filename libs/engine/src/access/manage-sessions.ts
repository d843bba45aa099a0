import {
  appendEvents,
  endSessions,
  findSession,
  findUser,
  type Listing,
  type LiveSessions,
  listSessions,
  revokeToken,
  type SessionRow,
  type Tx,
} from '@sconce/db';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { type Caller, idleSince } from './caller.ts';

/** The person behind the caller, where it may look at all that is theirs. Throws `Rejection` forbidden. */
export function personOf(caller: Caller): string {
  if (caller.user !== null && caller.rights.projectId === null && caller.rights.environmentId === null)
    return caller.user.id;
  throw new Rejection('forbidden', 'This is about a person, and this token is nobody’s or confined to a project', {
    hint: 'Use a personal token without a project, or the dashboard.',
  });
}

/** Browsers in which this person is signed in now. */
export async function readSessions(deps: Deps, caller: Caller, listing: Listing): Promise<SessionRow[]> {
  return listSessions(deps.db.tx, liveOf(deps, personOf(caller)), listing);
}

/** Ends one of the caller's own. Its next request is refused. Another's, and one that ended, look missing. */
export async function endSession(deps: Deps, input: { readonly caller: Caller; readonly id: string }): Promise<void> {
  const { caller, id } = input;
  const userId = personOf(caller);
  await deps.db.transaction(async (tx) => {
    const session = await findSession(tx, liveOf(deps, userId), id);
    if (!session || !(await revokeToken(tx, id, new Date(deps.clock.now()))))
      throw new Rejection('not_found', 'There is no such session');
    await tellEnded(tx, [id], caller.actor);
  });
}

interface AllSessions {
  readonly userId: string;
  /** The one that asks stays. */
  readonly except: string | null;
  readonly actor: Actor;
}

/** Ends all of a person's, but one where one asks. Answers the ids. Throws `Rejection` not_found. */
export async function endAllSessions(deps: Deps, input: AllSessions): Promise<string[]> {
  return deps.db.transaction(async (tx) => {
    if (!(await findUser(tx, input.userId))) throw new Rejection('not_found', 'There is no such person');
    return endAllSessionsIn(tx, input, new Date(deps.clock.now()));
  });
}

/** The same as part of a change that ends them. */
export async function endAllSessionsIn(tx: Tx, { actor, ...of }: AllSessions, now: Date): Promise<string[]> {
  const ids = await endSessions(tx, of, now);
  await tellEnded(tx, ids, actor);
  return ids;
}

async function tellEnded(tx: Tx, ids: readonly string[], actor: Actor): Promise<void> {
  await appendEvents(
    tx,
    ids.map((id) => ({ type: 'session.ended', projectId: null, subjectId: id, actor })),
  );
}

function liveOf(deps: Deps, userId: string): LiveSessions {
  const now = deps.clock.now();
  return { userId, now: new Date(now), idleSince: idleSince(now) };
}
