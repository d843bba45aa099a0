import { readSealedValues, readVariables, type VariableOwner } from '@sconce/db';
import { SealedValueUnreadable, type SecretOpener } from '@sconce/ports';
import type { Deps } from '../deps.ts';
import { revisionOf } from './write-values.ts';

export interface ListedVariable {
  readonly name: string;
  /** Null when the key that sealed it is not here: shown as unreadable, so that the rest can still be. */
  readonly value: string | null;
  readonly version: number;
  readonly fingerprint: string;
  readonly updatedAt: Date;
  readonly updatedBy: string | null;
}

/** The owner's own variables by name, and their revision. Those a service inherits from its environment are the environment's to list. */
export async function listVariables(
  deps: Deps & { readonly variableOpener: SecretOpener },
  owner: VariableOwner,
): Promise<{ readonly variables: readonly ListedVariable[]; readonly revision: string }> {
  const standing = await readVariables(deps.db.tx, owner);
  const shown = standing.filter((variable) => !variable.removed);
  const sealed = await readSealedValues(
    deps.db.tx,
    shown.map((variable) => variable.valueId),
  );
  const byId = new Map(sealed.map((row) => [row.id, row]));
  const variables = await Promise.all(
    shown.map(async ({ name, version, valueId, fingerprint, updatedAt, updatedBy }) => {
      const row = byId.get(valueId);
      const value = row ? await openOrNull(deps, row) : null;
      return { name, value, version, fingerprint, updatedAt, updatedBy };
    }),
  );
  return { variables, revision: revisionOf(standing) };
}

async function openOrNull(
  deps: Deps & { readonly variableOpener: SecretOpener },
  row: {
    readonly owner: string;
    readonly name: string;
    readonly version: number;
    readonly keyId: string;
    readonly bytes: Uint8Array;
  },
): Promise<string | null> {
  try {
    return Buffer.from(await deps.variableOpener.open(row, row)).toString('utf8');
  } catch (error) {
    if (!(error instanceof SealedValueUnreadable)) throw error;
    deps.log.warn(
      { owner: row.owner, name: row.name, version: row.version, keyId: row.keyId },
      'a variable cannot be opened',
    );
    return null;
  }
}
