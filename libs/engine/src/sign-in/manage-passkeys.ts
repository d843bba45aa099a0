import {
  appendEvent,
  asksPasskey,
  countPasskeys,
  findPasskey,
  findPassword,
  type Listing,
  listPasskeys,
  type PasskeyRow,
  removePasskey,
  renamePasskey as rename,
  setAsksPasskey,
} from '@sconce/db';
import type { Caller } from '../access/caller.ts';
import { personOf } from '../access/manage-sessions.ts';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { isRecovering, ownerOf, ownsAccount } from './own-account.ts';

export async function readPasskeys(deps: Deps, caller: Caller, listing: Listing): Promise<PasskeyRow[]> {
  return listPasskeys(deps.db.tx, personOf(caller), listing);
}

/** Another person's looks missing. Throws `Rejection` not_found. */
export async function readPasskey(deps: Deps, caller: Caller, id: string): Promise<PasskeyRow> {
  return (await findPasskey(deps.db.tx, personOf(caller), id)) ?? missing();
}

export async function renamePasskey(
  deps: Deps,
  input: { readonly caller: Caller; readonly id: string; readonly name: string },
): Promise<PasskeyRow> {
  const { caller, id, name } = input;
  const owner = ownerOf(caller);
  return deps.db.transaction(async (tx) => {
    const row = (await rename(tx, owner.id, id, name)) ?? missing();
    const { actor } = caller;
    await appendEvent(tx, { type: 'passkey.renamed', projectId: null, subjectId: id, data: { name }, actor });
    return row;
  });
}

/** With the last one goes the wish to be asked for one. Throws `Rejection` not_found. */
export async function deletePasskey(
  deps: Deps,
  input: { readonly caller: Caller; readonly id: string },
): Promise<void> {
  const { caller, id } = input;
  const owner = ownerOf(caller);
  await deps.db.transaction(async (tx) => {
    if (!(await removePasskey(tx, owner.id, id))) missing();
    if ((await countPasskeys(tx, owner.id)) === 0) await setAsksPasskey(tx, owner.id, false);
    await appendEvent(tx, { type: 'passkey.removed', projectId: null, subjectId: id, actor: caller.actor });
  });
}

export interface SignInSettings {
  readonly passwordChangedAt: Date | null;
  readonly passkeyAfterPassword: boolean;
  readonly passkeys: number;
  /** Whether this caller may change any of it. */
  readonly mayChange: boolean;
  /** Whether a new password needs the old one. */
  readonly needsCurrentPassword: boolean;
}

/** The ways in which this person signs in. */
export async function readSignInSettings(deps: Deps, caller: Caller): Promise<SignInSettings> {
  const { tx } = deps.db;
  const userId = personOf(caller);
  const password = await findPassword(tx, userId);
  return {
    passwordChangedAt: password?.changedAt ?? null,
    passkeyAfterPassword: await asksPasskey(tx, userId),
    passkeys: await countPasskeys(tx, userId),
    mayChange: ownsAccount(caller),
    needsCurrentPassword: password !== null && !isRecovering(caller, deps.clock.now()),
  };
}

/** Throws `Rejection` conflict where there is no passkey to ask for. */
export async function updateSignInSettings(
  deps: Deps,
  input: { readonly caller: Caller; readonly passkeyAfterPassword: boolean },
): Promise<SignInSettings> {
  const { caller, passkeyAfterPassword: wanted } = input;
  const owner = ownerOf(caller);
  return deps.db.transaction(async (tx) => {
    if (wanted && (await countPasskeys(tx, owner.id)) === 0)
      throw new Rejection('conflict', 'There is no passkey to ask for', { hint: 'Add one first.' });
    if ((await asksPasskey(tx, owner.id)) !== wanted) {
      await setAsksPasskey(tx, owner.id, wanted);
      await appendEvent(tx, {
        type: 'sign_in.changed',
        projectId: null,
        subjectId: owner.id,
        data: { passkeyAfterPassword: wanted },
        actor: caller.actor,
      });
    }
    return readSignInSettings({ ...deps, db: { ...deps.db, tx } }, caller);
  });
}

function missing(): never {
  throw new Rejection('not_found', 'There is no such passkey');
}
