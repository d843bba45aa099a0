import { createHash } from 'node:crypto';
import { type ConfigurationPlan, configurationLimits, type PlannedChange } from '@sconce/core';
import { insertSealedValue, type SealedKind, sizeOfSealedValues, type Tx } from '@sconce/db';
import { newId } from '@sconce/foundation';
import type { SecretSealer } from '@sconce/ports';
import type { Actor } from '../deps.ts';
import { Rejection } from '../rejection.ts';

/** The answer to a change of one owner's values. Holds names and versions, never a value: it may be logged and audited. */
export interface ConfigurationChanged {
  readonly changes: readonly PlannedChange[];
  /** Of all that stands afterwards; send it back to change only what was seen. */
  readonly revision: string;
}

/** Short hash of which version stands under which name. Versions are never given out twice, so it never comes back either. */
export function revisionOf(
  standing: readonly { readonly name: string; readonly version: number; readonly removed: boolean }[],
): string {
  const hash = createHash('sha256');
  for (const { name, version, removed } of standing) hash.update(`${name} ${version} ${removed}\n`);
  return hash.digest('hex').slice(0, 16);
}

export function refuseStaleRevision(expected: string | null | undefined, actual: string): void {
  if (expected === undefined || expected === null || expected === actual) return;
  throw new Rejection('precondition_failed', 'The values were changed since they were read', {
    hint: 'Read them again, and repeat the change if it still holds.',
  });
}

/** The plan's changes, or a rejection that names every mistake at once. */
export function changesOf(plan: ConfigurationPlan): readonly PlannedChange[] {
  if ('changes' in plan) return plan.changes;
  const errors = plan.mistakes.map(({ name, code, message }) => ({ path: name, code, message }));
  if (errors.length > 0)
    throw new Rejection(
      'invalid',
      errors.length === 1 ? (errors[0]?.message ?? '') : `${errors.length} values cannot be set`,
      { errors },
    );
  throw new Rejection(
    'limit_reached',
    `More than ${configurationLimits.valuesPerOwner} values would stand in one place`,
    {
      hint: 'Remove what is not used, or put one file of settings into the image.',
    },
  );
}

/** Seals one new version and stores it; answers its id. */
export async function writeVersion(
  tx: Tx,
  sealer: SecretSealer,
  place: { readonly kind: SealedKind; readonly owner: string; readonly name: string; readonly version: number },
  value: string,
  actor: Actor,
): Promise<string> {
  const plaintext = Buffer.from(value, 'utf8');
  const { owner, name, version } = place;
  const sealed = await sealer.seal({ owner, name, version }, plaintext);
  const id = newId('val');
  await insertSealedValue(tx, { id, ...place, ...sealed, fingerprint: sealer.fingerprint(owner, plaintext) }, actor);
  return id;
}

/** Refuses what no process could be started with. Called last, inside the transaction, so that nothing stays of it. */
export async function refuseTooMuch(tx: Tx, valueIds: readonly string[]): Promise<void> {
  if ((await sizeOfSealedValues(tx, valueIds)) <= configurationLimits.releaseBytes) return;
  throw new Rejection(
    'limit_reached',
    `The values would take more than ${configurationLimits.releaseBytes / 1024} KiB together`,
    {
      hint: 'Put large settings into a file in the image or on a volume.',
    },
  );
}
