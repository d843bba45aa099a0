import { createHash, randomBytes } from 'node:crypto';
import { type ChallengePurpose, type ChallengeRow, insertChallenge, takeChallenge } from '@sconce/db';
import type { PasskeyPlace, PasskeyVerifier } from '@sconce/ports';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';

export interface PasskeyDeps extends Deps {
  readonly passkeyVerifier: PasskeyVerifier;
  /** Null where browsers make no passkeys: at an address instead of a name, or on plain http beyond this machine. */
  readonly passkeyPlace: PasskeyPlace | null;
}

export const ceremonyMs = 5 * 60_000;

export function placeOf(deps: Pick<PasskeyDeps, 'passkeyPlace'>): PasskeyPlace {
  if (deps.passkeyPlace !== null) return deps.passkeyPlace;
  throw new Rejection('cannot_run_here', 'Passkeys need an https address with a name, and this installation has none', {
    hint: 'Its operator sets SCONCE_PUBLIC_URL to https and a name. On one machine, http://localhost works as well.',
  });
}

/** A question for one ceremony, answered once within five minutes. */
export async function makeChallenge(
  deps: Deps,
  purpose: ChallengePurpose,
  tokenId: string | null,
): Promise<{ challenge: string; expiresAt: Date }> {
  const challenge = randomBytes(32).toString('base64url');
  const expiresAt = new Date(deps.clock.now() + ceremonyMs);
  await insertChallenge(deps.db.tx, { hash: hashOf(challenge), purpose, tokenId, expiresAt });
  return { challenge, expiresAt };
}

/**
 * The challenge that an answer says it answers, where it is one of ours for this purpose that nobody answered before. It is used up by this, whatever comes
 * of it, so it must not be in a transaction that may be undone.
 */
export async function redeemChallenge(
  deps: Deps,
  purpose: ChallengePurpose,
  clientDataJSON: string,
): Promise<(ChallengeRow & { challenge: string }) | null> {
  const challenge = challengeIn(clientDataJSON);
  if (challenge === null) return null;
  const row = await takeChallenge(deps.db.tx, hashOf(challenge), new Date(deps.clock.now()));
  return row?.purpose === purpose ? { ...row, challenge } : null;
}

const clientData = z.object({ challenge: z.string().min(1).max(200) });

function challengeIn(clientDataJSON: string): string | null {
  try {
    return clientData.parse(JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8'))).challenge;
  } catch {
    return null;
  }
}

function hashOf(challenge: string): Uint8Array {
  return createHash('sha256').update(challenge).digest();
}
