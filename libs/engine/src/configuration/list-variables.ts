import { layerConfiguration } from '@sconce/core';
import { newestSealedValues, readFileEnv, readSealedValues, readVariables, type VariableOwner } from '@sconce/db';
import { SealedValueUnreadable, type SecretOpener } from '@sconce/ports';
import type { Deps } from '../deps.ts';
import { fileOwner } from './freeze-configuration.ts';
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

export interface LayeredVariable extends Omit<ListedVariable, 'updatedAt'> {
  readonly source: 'service' | 'environment' | 'file';
  /** Null for the file's, which change with a commit. */
  readonly updatedAt: Date | null;
}

/** A service's variables as its next release gets them, each with the layer it comes from. The revision is that of the service's own. */
export async function listServiceVariables(
  deps: Deps & { readonly variableOpener: SecretOpener },
  owner: { readonly environmentId: string; readonly serviceId: string },
): Promise<{ readonly variables: readonly LayeredVariable[]; readonly revision: string }> {
  const environment = await listVariables(deps, { ...owner, serviceId: null });
  const own = await listVariables(deps, owner);
  const env = await readFileEnv(deps.db.tx, owner.serviceId);
  const sealed = await newestSealedValues(deps.db.tx, 'variable', fileOwner(owner.serviceId), Object.keys(env));
  const refs = new Map(sealed.map((ref) => [ref.name, ref]));
  const file = Object.entries(env).map(([name, value]): LayeredVariable => {
    const ref = refs.get(name);
    return {
      name,
      value,
      version: ref?.version ?? 0,
      fingerprint: ref?.fingerprint ?? '',
      source: 'file',
      updatedAt: null,
      updatedBy: null,
    };
  });
  const from =
    (source: LayeredVariable['source']) =>
    (variable: ListedVariable): LayeredVariable => ({ ...variable, source });
  const layers = [file, environment.variables.map(from('environment')), own.variables.map(from('service'))];
  return { variables: layerConfiguration(layers), revision: own.revision };
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
