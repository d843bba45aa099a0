import { createHash } from 'node:crypto';
import {
  type BuildSettings,
  canonicalJson,
  type FrozenValue,
  imageInputs,
  type Reason,
  type ServiceCandidate,
} from '@sconce/core';
import type { Tx } from '@sconce/db';
import { freezeBuildSecrets } from './freeze-build-secrets.ts';

/** One build to be, and the services that share it. */
export interface BuildGroup {
  readonly settings: BuildSettings;
  readonly settingsHash: string;
  readonly buildSecrets: readonly FrozenValue[];
  readonly services: readonly ServiceCandidate[];
  /** Set when it is known already that it cannot be built. */
  readonly failure: BuildFailure | null;
}

export interface BuildFailure {
  readonly reason: Reason;
  readonly message: string;
  readonly hint: string | null;
}

/** Services whose images would be equal share a build. */
export async function groupBuilds(tx: Tx, candidates: readonly ServiceCandidate[]): Promise<BuildGroup[]> {
  const groups = new Map<string, BuildGroup>();
  for (const candidate of candidates) {
    const one = await toGroup(tx, candidate);
    const key = one.failure === null ? one.settingsHash : `${one.settingsHash} ${one.failure.message}`;
    const known = groups.get(key);
    groups.set(key, known ? { ...known, services: [...known.services, candidate] } : one);
  }
  return [...groups.values()];
}

async function toGroup(tx: Tx, candidate: ServiceCandidate): Promise<BuildGroup> {
  const { build: settings, environmentId, secretGroups } = candidate;
  const frozen = await freezeBuildSecrets(tx, environmentId, secretGroups, settings.secrets);
  const buildSecrets = 'secrets' in frozen ? frozen.secrets : [];
  return {
    settings,
    settingsHash: hashOf(imageInputs(settings, buildSecrets)),
    buildSecrets,
    services: [candidate],
    failure: 'missing' in frozen ? missingSecrets(candidate, frozen.missing) : null,
  };
}

function missingSecrets(candidate: ServiceCandidate, missing: readonly string[]): BuildFailure {
  const names = missing.join(', ');
  const from =
    candidate.secretGroups.length > 0
      ? `its secret groups (${candidate.secretGroups.join(', ')})`
      : 'a secret group, and has none';
  return {
    reason: 'build_secret_missing',
    message: `${candidate.slug} wants the build secret ${names} from ${from}.`,
    hint: `Set it with \`sconce secrets\`, or take it out of build.secrets.`,
  };
}

function hashOf(value: object): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
