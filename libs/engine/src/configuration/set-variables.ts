import { planConfigurationChanges } from '@sconce/core';
import {
  appendEvent,
  lockVariableOwner,
  putVariable,
  readVariables,
  removeVariable,
  type Tx,
  type VariableOwner,
} from '@sconce/db';
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

export interface SetVariables {
  readonly owner: VariableOwner;
  /** JSON Merge Patch over names: text sets, null removes, absent names stay. */
  readonly changes: Readonly<Record<string, string | null>>;
  /** Removes all names that `changes` does not hold. */
  readonly replace?: boolean;
  /** Refused when something else stands now; null takes what comes. */
  readonly expectedRevision?: string | null;
  readonly dryRun?: boolean;
  readonly actor: Actor;
}

/**
 * Sets many variables at once, all or none. They take effect with the next release: what runs is never changed under itself.
 * Throws `Rejection`: not_found, invalid (each name with its mistake), limit_reached, precondition_failed.
 */
export async function setVariables(
  deps: Deps & { readonly variableSealer: SecretSealer },
  input: SetVariables,
): Promise<ConfigurationChanged> {
  return deps.db.transaction(async (tx) => {
    const place = await lockVariableOwner(tx, input.owner);
    if (!place)
      throw new Rejection('not_found', input.owner.serviceId === null ? 'No such environment' : 'No such service');
    const standing = await readVariables(tx, input.owner);
    refuseStaleRevision(input.expectedRevision, revisionOf(standing));
    const owner = ownerId(input.owner);
    const patch = new Map([...(input.replace ? removals(standing) : []), ...Object.entries(input.changes)]);
    const fingerprintOf = (value: string) => deps.variableSealer.fingerprint(owner, Buffer.from(value, 'utf8'));
    const changes = changesOf(planConfigurationChanges(standing, patch, fingerprintOf));
    const effective = changes.filter(({ change }) => change !== 'unchanged');
    if (input.dryRun || effective.length === 0) return { changes, revision: revisionOf(standing) };
    for (const { name, change, version } of effective) {
      if (change === 'removed') await removeVariable(tx, input.owner, name);
      else
        await putVariable(
          tx,
          input.owner,
          name,
          version,
          await writeVersion(
            tx,
            deps.variableSealer,
            { kind: 'variable', owner, name, version },
            patch.get(name) ?? '',
            input.actor,
          ),
        );
    }
    await appendEvent(tx, {
      type: 'variables.changed',
      projectId: place.projectId,
      environmentId: input.owner.environmentId,
      serviceId: input.owner.serviceId,
      subjectId: owner,
      data: { changes: effective },
      actor: input.actor,
    });
    return { changes, revision: await settled(tx, input.owner) };
  });
}

function removals(standing: readonly { readonly name: string }[]): [string, null][] {
  return standing.map(({ name }) => [name, null]);
}

/** The id that sealed values of this owner are bound to. */
export function ownerId(owner: VariableOwner): string {
  return owner.serviceId ?? owner.environmentId;
}

async function settled(tx: Tx, owner: VariableOwner): Promise<string> {
  const standing = await readVariables(tx, owner);
  await refuseTooMuch(
    tx,
    standing.flatMap((variable) => (variable.removed ? [] : [variable.valueId])),
  );
  return revisionOf(standing);
}
