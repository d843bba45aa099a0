import type { FrozenValue, Reason, ReleaseSpec } from '@sconce/core';
import { readSealedValues, type SealedKind, type SealedValueRow } from '@sconce/db';
import { SealedValueUnreadable, type SecretOpener } from '@sconce/ports';
import type { Deps } from '../deps.ts';

/** A frozen value is gone or does not open: the release cannot be started until an operator mends it. Names the value, never shows it. */
export class ConfigurationUnreadable extends Error {
  override readonly name = 'ConfigurationUnreadable';
  readonly reason: Extract<Reason, 'secret_missing'> = 'secret_missing';
}

type Frozen = Pick<ReleaseSpec, 'variables' | 'secrets'>;
type Openers = { readonly secretOpener: SecretOpener; readonly variableOpener: SecretOpener };

/** What a replica of the release is given: name to value, secrets over variables. Keep it no longer than needed. @throws ConfigurationUnreadable */
export async function openConfiguration(
  deps: Pick<Deps, 'db'> & Openers,
  spec: Frozen,
): Promise<Record<string, string>> {
  const rows = await readById(deps, [...spec.variables, ...spec.secrets]);
  const variables = await openAll(deps.variableOpener, 'variable', spec.variables, rows);
  const secrets = await openAll(deps.secretOpener, 'secret', spec.secrets, rows);
  return Object.fromEntries([...variables, ...secrets]);
}

/** The values to mask in what the release prints. @throws ConfigurationUnreadable */
export async function secretValuesOf(
  deps: Pick<Deps, 'db'> & Pick<Openers, 'secretOpener'>,
  spec: Pick<Frozen, 'secrets'>,
): Promise<string[]> {
  const rows = await readById(deps, spec.secrets);
  const opened = await openAll(deps.secretOpener, 'secret', spec.secrets, rows);
  return [...new Set(opened.map(([, value]) => value))].filter((value) => value.length > 0);
}

async function readById(deps: Pick<Deps, 'db'>, frozen: readonly FrozenValue[]): Promise<Map<string, SealedValueRow>> {
  if (frozen.length === 0) return new Map();
  const rows = await readSealedValues(
    deps.db.tx,
    frozen.map(({ sealed }) => sealed),
  );
  return new Map(rows.map((row) => [row.id, row]));
}

async function openAll(
  opener: SecretOpener,
  kind: SealedKind,
  frozen: readonly FrozenValue[],
  rows: ReadonlyMap<string, SealedValueRow>,
): Promise<[string, string][]> {
  return Promise.all(
    frozen.map(
      async (value): Promise<[string, string]> => [
        value.name,
        await openOne(opener, kind, value, rows.get(value.sealed)),
      ],
    ),
  );
}

async function openOne(
  opener: SecretOpener,
  kind: SealedKind,
  value: FrozenValue,
  row: SealedValueRow | undefined,
): Promise<string> {
  const described = `The ${kind} ${value.name}, version ${value.version},`;
  if (!row || row.kind !== kind) throw new ConfigurationUnreadable(`${described} is no longer kept`);
  try {
    // Name and version come from the spec: a row that was swapped for another does not open.
    const plaintext = await opener.open({ owner: row.owner, name: value.name, version: value.version }, row);
    return Buffer.from(plaintext).toString('utf8');
  } catch (cause) {
    if (!(cause instanceof SealedValueUnreadable)) throw cause;
    throw new ConfigurationUnreadable(`${described} does not open with the keys that are here`, { cause });
  }
}
