import {
  checkConfigurationName,
  checkConfigurationValue,
  configurationLimits,
  type FrozenValue,
  layerConfiguration,
  type Reason,
  type SealedValueId,
} from '@sconce/core';
import {
  findSecretGroups,
  lockVariableOwner,
  newestSealedValues,
  readSecrets,
  readVariableLayers,
  type SealedValueRef,
  type StandingSecret,
  sizeOfSealedValues,
  type Tx,
} from '@sconce/db';
import type { SecretSealer } from '@sconce/ports';
import { writeVersion } from './write-values.ts';

export interface ConfiguredService {
  readonly id: string;
  readonly environmentId: string;
  /** Slugs of the groups that people attached. */
  readonly secretGroups: readonly string[];
}

export interface FrozenConfiguration {
  readonly variables: readonly FrozenValue[];
  readonly secrets: readonly FrozenValue[];
}

/** Why no release can be made with this configuration, for the service's owner to mend. */
export interface ConfigurationRefused {
  readonly reason: Extract<Reason, 'secret_missing' | 'config_invalid'>;
  readonly message: string;
  readonly hint: string;
}

/**
 * The exact versions a release gets. Variables, lowest layer first: the file's `env`, the environment's, the service's own; what people
 * set stands over the file. Secrets: the file's groups, then the attached ones; of one name the later stands, and a secret stands over
 * a variable. Equal input gives equal versions, so that an unchanged service gets an equal spec.
 */
export async function freezeConfiguration(
  tx: Tx,
  deps: { readonly variableSealer: SecretSealer },
  service: ConfiguredService,
  fileEnv: Readonly<Record<string, string>>,
  fileGroups: readonly string[],
): Promise<FrozenConfiguration | ConfigurationRefused> {
  const groups = [
    ...new Set([...fileGroups.filter((slug) => !service.secretGroups.includes(slug)), ...service.secretGroups]),
  ];
  const secrets = await freezeSecrets(tx, service, groups);
  if ('reason' in secrets) return secrets;
  const file = await freezeFile(tx, deps.variableSealer, service, fileEnv);
  if ('reason' in file) return file;
  const { environment, service: own } = await readVariableLayers(tx, service.environmentId, service.id);
  const secretNames = new Set(secrets.map(({ name }) => name));
  const variables = layerConfiguration([file, standing(environment), standing(own)]).filter(
    ({ name }) => !secretNames.has(name),
  );
  const bytes = await sizeOfSealedValues(
    tx,
    [...variables, ...secrets].map(({ sealed }) => sealed),
  );
  if (bytes > configurationLimits.releaseBytes) {
    const message = `Variables and secrets take ${Math.ceil(bytes / 1024)} KiB together; a process can be given ${configurationLimits.releaseBytes / 1024} KiB`;
    return { reason: 'config_invalid', message, hint: 'Put large settings into a file in the image or on a volume.' };
  }
  return { variables, secrets };
}

async function freezeSecrets(
  tx: Tx,
  service: ConfiguredService,
  groups: readonly string[],
): Promise<FrozenValue[] | ConfigurationRefused> {
  const found = await findSecretGroups(tx, service.environmentId, groups);
  const idOf = new Map(found.map(({ id, slug }) => [slug, id]));
  const missing = groups.filter((slug) => !idOf.has(slug));
  if (missing.length > 0) {
    const names = missing
      .slice(0, 5)
      .map((slug) => `"${slug.slice(0, 40)}"`)
      .join(', ');
    const message = `The environment has no secret group ${names}, which the service asks for`;
    return {
      reason: 'secret_missing',
      message,
      hint: 'Make the group and set its secrets, or take it out of `secrets` in sconce.yaml or of the service.',
    };
  }
  const secrets = await readSecrets(tx, [...idOf.values()]);
  return layerConfiguration(
    groups.map((slug) => standing(secrets.filter(({ groupId }) => groupId === idOf.get(slug)))),
  );
}

/** The file's values are sealed like all others, each under a version that only a changed value raises. */
async function freezeFile(
  tx: Tx,
  sealer: SecretSealer,
  service: ConfiguredService,
  env: Readonly<Record<string, string>>,
): Promise<FrozenValue[] | ConfigurationRefused> {
  const owner = fileOwner(service.id);
  const entries = Object.entries(env);
  const mistake = entries
    .map(([name, value]) => checkConfigurationName(name) ?? checkConfigurationValue(name, value))
    .find((found) => found !== null);
  if (mistake)
    return {
      reason: 'config_invalid',
      message: `env in sconce.yaml: ${mistake.message}`,
      hint: 'Change it in sconce.yaml and push again.',
    };
  // Two releases made at once would give the same version out twice.
  if (entries.length > 0) await lockVariableOwner(tx, { environmentId: service.environmentId, serviceId: service.id });
  const newest = new Map(
    (await newestSealedValues(tx, 'variable', owner, Object.keys(env))).map((ref) => [ref.name, ref]),
  );
  const frozen: FrozenValue[] = [];
  for (const [name, value] of entries) {
    const fingerprint = sealer.fingerprint(owner, Buffer.from(value, 'utf8'));
    const before = newest.get(name);
    if (before?.fingerprint === fingerprint) {
      frozen.push(toFrozen(before));
      continue;
    }
    const version = (before?.version ?? 0) + 1;
    const valueId = await writeVersion(tx, sealer, { kind: 'variable', owner, name, version }, value, null);
    frozen.push(toFrozen({ name, version, valueId, fingerprint }));
  }
  return frozen;
}

/** The place that a service's values from `sconce.yaml` are sealed for, apart from those that people set on it. */
export function fileOwner(serviceId: string): string {
  return `${serviceId}/file`;
}

function standing(values: readonly (SealedValueRef & Pick<StandingSecret, 'removed'>)[]): FrozenValue[] {
  return values.filter((value) => !value.removed).map(toFrozen);
}

function toFrozen({ name, version, valueId, fingerprint }: SealedValueRef): FrozenValue {
  return { name, version, sealed: valueId as SealedValueId, fingerprint };
}
