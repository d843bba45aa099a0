import { createHash } from 'node:crypto';
import {
  canonicalJson,
  effectiveSettings,
  type Reason,
  type ReleaseId,
  type ReleaseSpec,
  type RolloutId,
  replicaSpecOf,
  replicasOfSpec,
  type ServiceSettings,
  toFileSettings,
} from '@sconce/core';
import {
  appendEvents,
  countReplicas,
  insertRelease,
  insertRollout,
  type LockedService,
  lockServiceToDeploy,
  type NewEvent,
  type ReleaseRow,
  readExposedPorts,
  readReleases,
  supersedeActiveRollout,
  type Tx,
  wake,
} from '@sconce/db';
import { newId } from '@sconce/foundation';
import type { SecretSealer } from '@sconce/ports';
import { type FrozenConfiguration, freezeConfiguration } from '../configuration/freeze-configuration.ts';
import type { Actor, Deps } from '../deps.ts';
import { recordShifted } from './record-live.ts';

export type ReleaseCause = 'push' | 'manual' | 'variables' | 'settings' | 'retry';

export interface NewReleaseInput {
  readonly serviceId: string;
  readonly imageDigest: string;
  readonly buildId: string | null;
  readonly commit: string | null;
  readonly commitMessage: string;
  readonly commitAuthor: string;
  readonly ref: string | null;
  /** Of the push that asked for it: one that is older than what was deployed since is overtaken. Null: asked for by hand, always newest. */
  readonly position: bigint | null;
  /** `FileSettings` of `sconce.yaml` at the commit; null keeps those of the release before. */
  readonly fileSettings: object | null;
  /** Ports the image exposes, where the image is not in the database. */
  readonly exposedPorts?: readonly number[];
  readonly cause: ReleaseCause;
  readonly actor: Actor;
}

export interface CreatedRelease {
  readonly release: Omit<ReleaseRow, 'liveAt' | 'retiredAt'>;
  readonly rolloutId: RolloutId;
  readonly generation: number;
  /** It runs on the replicas of an equal release that stands: nothing has to be started. */
  readonly sharesReplicas: boolean;
}

/** Why no release was made, for the one who asked to read. */
export interface ReleaseRefused {
  readonly reason: Extract<
    Reason,
    'no_service' | 'overtaken' | 'auto_deploy_pinned' | 'port_unknown' | 'secret_missing' | 'config_invalid'
  >;
  readonly message: string;
  readonly hint: string;
}

type ReleaseDeps = Pick<Deps, 'clock'> & { readonly variableSealer: SecretSealer };

/**
 * Freezes the configuration into an immutable, numbered release, points the service at it and starts its rollout, all in the caller's
 * transaction. Whatever rollout was under way is superseded; the new one takes over what it had started.
 */
export async function createReleaseIn(
  tx: Tx,
  deps: ReleaseDeps,
  input: NewReleaseInput,
): Promise<CreatedRelease | ReleaseRefused> {
  const service = await lockServiceToDeploy(tx, input.serviceId);
  if (service === null) return refuse('no_service', 'The service is gone.', 'Nothing is left to do.');
  const fence = checkFence(service, input);
  if (fence !== null) return fence;
  const fileSettings = toFileSettings(input.fileSettings ?? service.fileSettings);
  const settings = effectiveSettings(fileSettings, service.settings);
  const port = await choosePort(tx, settings, input);
  if (typeof port !== 'number') return port;
  const frozen = await freezeConfiguration(tx, deps, service, fileSettings.env, fileSettings.secretGroups);
  if ('reason' in frozen) return frozen;
  const spec = makeSpec(input.imageDigest, settings, port, frozen);
  const specHash = createHash('sha256')
    .update(canonicalJson(replicaSpecOf(spec)))
    .digest('hex');
  const id = newId('rel', deps.clock.now());
  const replicaSetId = (await findSharedReplicas(tx, service, specHash, input.cause)) ?? id;
  const createdAt = new Date(deps.clock.now());
  const release = {
    id,
    serviceId: service.id,
    number: service.nextReleaseNumber,
    buildId: input.buildId,
    commit: input.commit,
    commitMessage: input.commitMessage,
    commitAuthor: input.commitAuthor,
    ref: input.ref,
    imageDigest: input.imageDigest,
    spec,
    specHash,
    replicaSetId,
    cause: input.cause,
    createdBy: input.actor,
    createdAt,
  };
  await insertRelease(tx, release, { fileSettings, position: input.position });
  const created = {
    type: 'release.created',
    projectId: service.projectId,
    environmentId: service.environmentId,
    serviceId: service.id,
    subjectId: id,
    data: { number: release.number, cause: input.cause, build: input.buildId, commit: input.commit },
    actor: input.actor,
  };
  const start = { releaseId: id, cause: input.cause, actor: input.actor };
  const started = await startRollout(tx, deps, service, start, [created]);
  return { release, ...started, sharesReplicas: replicaSetId !== id };
}

export interface RolloutStart {
  readonly releaseId: ReleaseId;
  readonly cause: string;
  readonly actor: Actor;
  readonly reason?: Reason;
  readonly message?: string;
}

/**
 * Points the service at a release under a new generation, ends the rollout under way and begins this one. `before` are events that
 * led to it. Hold the service's row.
 */
export async function startRollout(
  tx: Tx,
  deps: Pick<Deps, 'clock'>,
  service: Pick<LockedService, 'id' | 'projectId' | 'environmentId' | 'liveReleaseId' | 'desiredReleaseId'>,
  start: RolloutStart,
  before: readonly NewEvent[] = [],
): Promise<{ rolloutId: RolloutId; generation: number }> {
  const at = new Date(deps.clock.now());
  const place = { projectId: service.projectId, environmentId: service.environmentId, serviceId: service.id };
  const live = await recordShifted(tx, deps, service);
  const ended = await supersedeActiveRollout(tx, service.id, { at });
  const superseded = ended === null ? [] : [toSuperseded(place, ended)];
  const rolloutId = newId('rol', deps.clock.now());
  const generation = await insertRollout(tx, {
    id: rolloutId,
    serviceId: service.id,
    releaseId: start.releaseId,
    fromReleaseId: live,
    cause: start.cause,
    createdBy: start.actor,
    createdAt: at,
    reason: start.reason ?? null,
    message: start.message ?? null,
  });
  const data = {
    release: start.releaseId,
    cause: start.cause,
    generation,
    reason: start.reason ?? null,
    message: start.message ?? null,
  };
  const began = { type: 'rollout.started', ...place, subjectId: rolloutId, data, actor: start.actor };
  await appendEvents(tx, [...before, ...superseded, began]);
  await wake(tx, 'service', service.id);
  return { rolloutId, generation };
}

function toSuperseded(
  place: Pick<NewEvent, 'projectId' | 'environmentId' | 'serviceId'>,
  { id, releaseId, phase }: { readonly id: string; readonly releaseId: string; readonly phase: string },
): NewEvent {
  return { type: 'rollout.superseded', ...place, subjectId: id, data: { release: releaseId, from: phase } };
}

/** What a person asks for by hand is always the newest; a push may be late, or held by a pin. */
function checkFence(service: LockedService, input: NewReleaseInput): ReleaseRefused | null {
  if (input.position !== null && input.position < service.deployedPosition)
    return refuse('overtaken', 'A newer push was deployed while this one was built.', 'Nothing is left to do.');
  if (input.cause === 'push' && service.pinnedAt !== null) {
    const message = 'A rollback holds the service where it is; pushes are built but not deployed.';
    return refuse('auto_deploy_pinned', message, 'Unpin the service, or deploy this build by hand.');
  }
  return null;
}

async function choosePort(tx: Tx, settings: ServiceSettings, input: NewReleaseInput): Promise<number | ReleaseRefused> {
  if (settings.port !== null) return settings.port;
  const exposed = input.exposedPorts ?? (await readExposedPorts(tx, input.imageDigest)) ?? [];
  const [only] = exposed;
  if (only !== undefined && exposed.length === 1) return only;
  const found =
    exposed.length === 0
      ? 'The image exposes no port'
      : `The image exposes several ports (${exposed.slice(0, 8).join(', ')})`;
  const hint =
    'Add `port: 8000` (the one your process listens on) to the service in sconce.yaml or its settings, or one EXPOSE line to the Dockerfile.';
  return refuse('port_unknown', `${found}, and the service's settings name none.`, hint);
}

function makeSpec(
  imageDigest: string,
  settings: ServiceSettings,
  port: number,
  frozen: FrozenConfiguration,
): ReleaseSpec {
  return {
    image: { digest: imageDigest, repository: null },
    command: settings.command,
    port,
    probe: settings.probe,
    resources: settings.resources,
    scaling: settings.scaling,
    drainTimeoutMs: settings.drainTimeoutMs,
    watchMs: settings.watchMs,
    volumes: settings.volumes,
    // A release without any is equal to one that was made before there were any.
    ...(settings.sidecars.length === 0 ? {} : { sidecars: settings.sidecars }),
    variables: frozen.variables,
    secrets: frozen.secrets,
  };
}

/**
 * The replicas of an equal release that is live or on its way, when they do well: then the same tree again is live without starting
 * anything. Replicas in trouble are not shared, and neither is anything with a release asked for as another try.
 */
async function findSharedReplicas(
  tx: Tx,
  service: LockedService,
  specHash: string,
  cause: ReleaseCause,
): Promise<ReleaseId | null> {
  if (cause === 'retry') return null;
  const ids = [...new Set([service.liveReleaseId, service.desiredReleaseId])].filter((id) => id !== null);
  const equal = (await readReleases(tx, ids)).filter((release) => release.specHash === specHash);
  for (const release of equal) {
    const count = await countReplicas(tx, service.id, release.replicaSetId);
    if (count.ready >= replicasOfSpec(release.spec) && count.others === 0) return release.replicaSetId;
  }
  return null;
}

function refuse(reason: ReleaseRefused['reason'], message: string, hint: string): ReleaseRefused {
  return { reason, message, hint };
}
