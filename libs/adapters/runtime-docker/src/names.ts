import { createHash, randomUUID } from 'node:crypto';
import type { EnvironmentId, ReleaseId, ServiceId } from '@sconce/core';
import { isId } from '@sconce/core';
import type { ServiceRef } from '@sconce/ports';

/** Every name and label that this runtime leaves on an engine; nothing else may spell one. */
export const label = {
  /** The installation: two of them on one engine never touch each other. */
  home: 'sconce.home',
  kind: 'sconce.kind',
  project: 'sconce.project',
  environment: 'sconce.environment',
  service: 'sconce.service',
  release: 'sconce.release',
  generation: 'sconce.generation',
  /** `r12-7x2`. */
  name: 'sconce.name',
  slot: 'sconce.slot',
  port: 'sconce.port',
  /** The probe as JSON: all that a new process needs to go on probing. */
  probe: 'sconce.probe',
  /** Device ids with commas between, empty for none. */
  gpus: 'sconce.gpus',
  volume: 'sconce.volume',
  /** Id of the sandbox that a replica runs in. */
  sandbox: 'sconce.sandbox',
  /** What other services of the environment call it: the service's slug. */
  alias: 'sconce.alias',
  /** On a sidecar: its name. */
  sidecar: 'sconce.sidecar',
  /** On a replica: the names of its sidecars in the order of their start, with commas between. */
  sidecars: 'sconce.sidecars',
} as const;

export type LabelKind = 'replica' | 'sidecar' | 'sandbox' | 'network' | 'volume';

/** On every bridge of ours; firewall rules match `scn+`. */
export const bridgePrefix = 'scn';

export const suffixLength = 3;
const suffixAlphabet = '0123456789abcdefghjkmnpqrstvwxyz';

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function idBody(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}

export function networkName(environment: EnvironmentId): string {
  return `sconce-${idBody(environment)}`;
}

/** The second network of an environment, on which its services have names. */
export function namesNetworkName(environment: EnvironmentId): string {
  return `${networkName(environment)}-names`;
}

/** Of the bridge behind one of an environment's networks. Linux allows 15 characters. */
export function bridgeName(home: string, network: string): string {
  return `${bridgePrefix}${hash(`${home}\n${network}`).toString('hex').slice(0, 12)}`;
}

export function volumeName(environment: EnvironmentId, name: string): string {
  return `sconce-${idBody(environment)}-${name}`;
}

/**
 * The last part of a replica's name per slot: the same in every process, so that two that start the same slot at once meet
 * in a name conflict instead of doubling it. Slots of one release never share one.
 */
export function slotSuffix(release: ReleaseId, slot: number): string {
  const taken = new Set<string>();
  for (let index = 0; ; index += 1) {
    let suffix = '';
    for (let salt = 0; suffix === '' || taken.has(suffix); salt += 1)
      suffix = hashSuffix(`${release}\n${index}\n${salt}`);
    if (index === slot) return suffix;
    taken.add(suffix);
  }
}

function hashSuffix(text: string): string {
  return [...hash(text).subarray(0, suffixLength)].map((byte) => suffixAlphabet[byte % 32]).join('');
}

/** `r12-7x2`. */
export function replicaName(releaseNumber: number, release: ReleaseId, slot: number): string {
  return `r${releaseNumber}-${slotSuffix(release, slot)}`;
}

export function containerName(service: ServiceRef, replica: string): string {
  return `sconce-${service.projectSlug}-${service.environmentSlug}-${service.serviceSlug}-${replica}`;
}

/** `replica` is the name of its replica's container. */
export function sidecarName(replica: string, sidecar: string): string {
  return `${replica}-${sidecar}`;
}

/** For a name that something else on the engine has taken: another installation with the same slugs, say. */
export function otherContainerName(name: string, home: string, release: ReleaseId): string {
  return `${name}-${hash(`${home}\n${release}`).toString('hex').slice(0, 8)}`;
}

/** Any that is free: nothing is found by the name of a sandbox. */
export function sandboxName(service: ServiceRef): string {
  return containerName(service, `sandbox-${hashSuffix(randomUUID())}${hashSuffix(randomUUID())}`);
}

export interface ReplicaLabels {
  readonly service: ServiceId;
  readonly environment: EnvironmentId;
  /** The service's slug. */
  readonly alias: string;
  /** Empty for a container that was made without one. */
  readonly sandbox: string;
  readonly release: ReleaseId;
  readonly generation: number;
  readonly name: string;
  readonly slot: number;
  readonly port: number;
  readonly probe: string;
  readonly gpus: readonly string[];
  readonly sidecars: readonly string[];
}

/** Null for anything that is not wholly ours: images may carry labels too, and containers inherit them. */
export function parseReplicaLabels(labels: Readonly<Record<string, string>>, home: string): ReplicaLabels | null {
  if (labels[label.home] !== home || labels[label.kind] !== 'replica') return null;
  const service = labels[label.service];
  const environment = labels[label.environment];
  const release = labels[label.release];
  if (!isId('svc', service) || !isId('env', environment) || !isId('rel', release)) return null;
  return {
    service,
    environment,
    alias: labels[label.alias] ?? '',
    sandbox: labels[label.sandbox] ?? '',
    release,
    generation: toCount(labels[label.generation]),
    name: labels[label.name] ?? '',
    slot: toCount(labels[label.slot]),
    port: toCount(labels[label.port]),
    probe: labels[label.probe] ?? '',
    gpus: toList(labels[label.gpus]),
    sidecars: toList(labels[label.sidecars]),
  };
}

function toList(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((part) => part !== '');
}

function toCount(text: string | undefined): number {
  const count = Number(text);
  return Number.isSafeInteger(count) && count >= 0 ? count : 0;
}
