import { appendEvent, countPasskeys, insertPasskey, listCredentials, type PasskeyRow } from '@sconce/db';
import { type NewPasskey, type PasskeyCreation, passkeyAlgorithms } from '@sconce/ports';
import type { Caller } from '../access/caller.ts';
import { Rejection } from '../rejection.ts';
import { ownerOf } from './own-account.ts';
import { ceremonyMs, makeChallenge, type PasskeyDeps, placeOf, redeemChallenge } from './passkey-challenges.ts';

const mostPasskeys = 20;

/** What the browser needs to make a passkey (`PublicKeyCredentialCreationOptionsJSON`); the session that asks has to answer. */
export async function beginPasskeyRegistration(deps: PasskeyDeps, input: { readonly caller: Caller }) {
  const owner = ownerOf(input.caller);
  const { rpId } = placeOf(deps);
  await mustHaveRoom(deps, owner.id);
  const { challenge, expiresAt } = await makeChallenge(deps, 'registration', input.caller.tokenId);
  const existing = await listCredentials(deps.db.tx, owner.id);
  const options = {
    challenge,
    rp: { id: rpId, name: 'Sconce' },
    user: { id: Buffer.from(owner.id).toString('base64url'), name: owner.email, displayName: owner.name },
    pubKeyCredParams: passkeyAlgorithms.map((alg) => ({ type: 'public-key' as const, alg })),
    timeout: ceremonyMs,
    excludeCredentials: existing.map(({ credentialId, transports }) => ({
      type: 'public-key' as const,
      id: Buffer.from(credentialId).toString('base64url'),
      transports,
    })),
    // It has to name its person by itself, and to be unlocked: then it does without an address and without a password.
    authenticatorSelection: {
      residentKey: 'required' as const,
      requireResidentKey: true,
      userVerification: 'required' as const,
    },
    attestation: 'none' as const,
  };
  return { options, expiresAt };
}

interface Answered {
  readonly caller: Caller;
  readonly answer: PasskeyCreation;
}

/**
 * Checks what the browser made. The challenge is used up by it, so it runs outside of the caller's transaction. Throws `Rejection` invalid, forbidden.
 */
export async function checkNewPasskey(deps: PasskeyDeps, { caller, answer }: Answered): Promise<NewPasskey> {
  ownerOf(caller);
  const place = placeOf(deps);
  const asked = await redeemChallenge(deps, 'registration', answer.clientDataJSON);
  if (asked?.tokenId !== caller.tokenId)
    throw refused('Its challenge is not one of this session, was answered before, or is too old');
  const made = await deps.passkeyVerifier.verifyCreation(answer, { ...place, challenge: asked.challenge });
  if (!made) throw refused(`It was not made for ${place.origin}, or its device did not check who is there`);
  return made;
}

/** Throws `Rejection` already_exists, limit_reached. */
export async function addPasskey(
  deps: PasskeyDeps,
  input: {
    readonly caller: Caller;
    readonly name: string;
    readonly made: NewPasskey;
    readonly transports: readonly string[];
  },
): Promise<PasskeyRow> {
  const { caller, name, made, transports } = input;
  const { id: userId } = ownerOf(caller);
  return deps.db.transaction(async (tx) => {
    await mustHaveRoom({ db: { tx } }, userId);
    const row = await insertPasskey(tx, { userId, name, ...made, transports });
    if (!row) throw new Rejection('already_exists', 'This passkey is registered already');
    await appendEvent(tx, {
      type: 'passkey.added',
      projectId: null,
      subjectId: row.id,
      data: { name },
      actor: caller.actor,
    });
    return row;
  });
}

async function mustHaveRoom(deps: { readonly db: Pick<PasskeyDeps['db'], 'tx'> }, userId: string): Promise<void> {
  if ((await countPasskeys(deps.db.tx, userId)) < mostPasskeys) return;
  throw new Rejection('limit_reached', `A person has at most ${mostPasskeys} passkeys`, {
    hint: 'Remove one that you do not use.',
  });
}

function refused(why: string): Rejection {
  const message = `This passkey cannot be taken. ${why}`;
  return new Rejection('invalid', message, {
    errors: [{ path: 'credential', code: 'not_accepted', message }],
    hint: 'Begin again.',
  });
}
