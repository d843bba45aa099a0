import { planConfigurationChanges } from '@sconce/core';
import { appendEvent, lockSecretGroup, putSecret, readSecrets, removeSecret, type StandingSecret } from '@sconce/db';
import type { SecretSealer } from '@sconce/ports';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import {
  type ConfigurationChanged,
  changesOf,
  refuseStaleRevision,
  refuseTooMuch,
  revisionOf,
  writeVersion,
} from './write-values.ts';

export interface SetSecrets {
  readonly groupId: string;
  /** JSON Merge Patch over names: text sets, null removes, absent names stay. */
  readonly changes: Readonly<Record<string, string | null>>;
  readonly expectedRevision?: string | null;
  readonly dryRun?: boolean;
  readonly actor: Actor;
}

/** What is told of a secret; nothing leads from here to its value. */
export type ListedSecret = Pick<
  StandingSecret,
  'name' | 'version' | 'fingerprint' | 'createdAt' | 'updatedAt' | 'updatedBy'
>;

/**
 * Sets and removes secrets of one group, all or none. Needs only what seals: who runs this cannot read a value back. Takes effect with
 * the next release. Throws `Rejection`: not_found, invalid, limit_reached, precondition_failed.
 */
export async function setSecrets(
  deps: Deps & { readonly secretSealer: SecretSealer },
  input: SetSecrets,
): Promise<ConfigurationChanged> {
  return deps.db.transaction(async (tx) => {
    const group = await lockSecretGroup(tx, input.groupId);
    if (!group) throw new Rejection('not_found', 'No such secret group');
    const standing = await readSecrets(tx, [group.id]);
    refuseStaleRevision(input.expectedRevision, revisionOf(standing));
    const patch = new Map(Object.entries(input.changes));
    const fingerprintOf = (value: string) => deps.secretSealer.fingerprint(group.id, Buffer.from(value, 'utf8'));
    const changes = changesOf(planConfigurationChanges(standing, patch, fingerprintOf));
    const effective = changes.filter(({ change }) => change !== 'unchanged');
    if (input.dryRun || effective.length === 0) return { changes, revision: revisionOf(standing) };
    for (const { name, change, version } of effective) {
      if (change === 'removed') await removeSecret(tx, group.id, name);
      else
        await putSecret(
          tx,
          group.id,
          name,
          version,
          await writeVersion(
            tx,
            deps.secretSealer,
            { kind: 'secret', owner: group.id, name, version },
            patch.get(name) ?? '',
            input.actor,
          ),
        );
    }
    await appendEvent(tx, {
      type: 'secrets.changed',
      projectId: group.projectId,
      environmentId: group.environmentId,
      subjectId: group.id,
      data: { group: group.slug, changes: effective },
      actor: input.actor,
    });
    const settled = await readSecrets(tx, [group.id]);
    await refuseTooMuch(
      tx,
      settled.flatMap((secret) => (secret.removed ? [] : [secret.valueId])),
    );
    return { changes, revision: revisionOf(settled) };
  });
}

/** Sets one secret. */
export async function setSecret(
  deps: Deps & { readonly secretSealer: SecretSealer },
  input: Omit<SetSecrets, 'changes'> & { readonly name: string; readonly value: string },
): Promise<ConfigurationChanged> {
  const { name, value, ...rest } = input;
  return setSecrets(deps, { ...rest, changes: Object.fromEntries([[name, value]]) });
}

/** Removes one secret. Throws `Rejection` not_found when it is not there. */
export async function deleteSecret(
  deps: Deps & { readonly secretSealer: SecretSealer },
  input: Omit<SetSecrets, 'changes'> & { readonly name: string },
): Promise<ConfigurationChanged> {
  const { name, ...rest } = input;
  const removed = await setSecrets(deps, { ...rest, changes: Object.fromEntries([[name, null]]) });
  if (removed.changes.length === 0) throw new Rejection('not_found', 'No such secret');
  return removed;
}

/** By name, and their revision. */
export async function listSecrets(
  deps: Deps,
  groupId: string,
): Promise<{ readonly secrets: readonly ListedSecret[]; readonly revision: string }> {
  const standing = await readSecrets(deps.db.tx, [groupId]);
  const secrets = standing
    .filter((secret) => !secret.removed)
    .map(({ name, version, fingerprint, createdAt, updatedAt, updatedBy }) => ({
      name,
      version,
      fingerprint,
      createdAt,
      updatedAt,
      updatedBy,
    }));
  return { secrets, revision: revisionOf(standing) };
}
