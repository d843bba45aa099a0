import { createHash, randomBytes } from 'node:crypto';
import { type ExecRow, endExec, findExec, giveExecTicket, takeExec } from '@sconce/db';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';

/** Who wants to run something opens it at once. */
export const openExecWithinMs = 60_000;

/** What the one who may open an exec gets of it. Throws `Rejection` not_found: also for somebody else's. */
export async function findOwnExec(
  deps: Deps,
  wanted: { readonly id: string; readonly service: string; readonly tokenId: string },
): Promise<ExecRow> {
  const exec = await findExec(deps.db.tx, wanted.id);
  if (exec?.serviceId !== wanted.service || exec.tokenId !== wanted.tokenId)
    throw new Rejection('not_found', 'There is no such exec, or it is not yours to open');
  return exec;
}

/**
 * Answers a ticket: with it a scheduler runs just what is written down, once. So whoever asks a scheduler needs no right of its own, and what it runs
 * was allowed. Throws `Rejection` already_ended when it was opened before, or came too late.
 */
export async function openExec(deps: Deps, exec: ExecRow): Promise<string> {
  const isLate = deps.clock.now() - exec.createdAt.getTime() > openExecWithinMs;
  const ticket = randomBytes(32).toString('base64url');
  if (isLate || !(await giveExecTicket(deps.db.tx, exec.id, hashOf(ticket))))
    throw new Rejection('already_ended', isLate ? 'It was not opened within a minute' : 'It was opened before', {
      hint: 'Each is opened once; create another one.',
    });
  return ticket;
}

/** For a scheduler: null where the ticket opens nothing. */
export async function claimExec(deps: Deps, id: string, ticket: string): Promise<ExecRow | null> {
  return takeExec(deps.db.tx, id, hashOf(ticket), new Date(deps.clock.now()));
}

export async function noteExecEnd(
  deps: Deps,
  id: string,
  end: { readonly exitCode: number | null; readonly reason: string | null },
): Promise<void> {
  await endExec(deps.db.tx, id, { at: new Date(deps.clock.now()), ...end });
}

const hashOf = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');
