import { createHash } from 'node:crypto';
import { type EnvironmentId, isId, type ReleaseId, type ServiceId } from '@sconce/core';
import { homeLabel, homeLabelName } from '@sconce/kubernetes-api';
import type { ServiceRef } from '@sconce/ports';

/** Every name, label and annotation that this runtime leaves on a cluster; nothing else may spell one. */
export const label = {
  home: homeLabelName,
  environment: 'sconce.dev/environment',
  service: 'sconce.dev/service',
  release: 'sconce.dev/release',
  /** `12`. */
  releaseNumber: 'sconce.dev/release-number',
  port: 'sconce.dev/port',
  volume: 'sconce.dev/volume',
  /** On a pod that anybody may evict, since the runtime let it go or a person did: the disruption budget holds all others. */
  evictable: 'sconce.dev/evictable',
} as const;

/** The value of `label.evictable` that the runtime sets, and takes away again; what a person set stays. */
export const letGo = 'no-other-in-time';

export const annotation = {
  /** Of the service on its Service, the fence; of a release on its Deployment and on the pods as they were first made. */
  generation: 'sconce.dev/generation',
  /** On a release's Deployment: how its pods ask for their GPUs, as JSON. Chosen once, since another choice would start them anew. */
  gpu: 'sconce.dev/gpu',
  project: 'sconce.dev/project',
  environmentSlug: 'sconce.dev/environment-slug',
} as const;

/** The one container of a replica that runs the service. */
export const mainContainer = 'main';

function idBody(id: string): string {
  return id.slice(id.indexOf('_') + 1).toLowerCase();
}

function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** By id, so that it is found without slugs and survives a renaming; people find it by its annotations. */
export function namespaceName(environment: EnvironmentId): string {
  return `sconce-${idBody(environment)}`;
}

/** Pods add 17 characters to it, and have 63. */
const mostSlug = 28;

/** `ocr-r12-3f9a1`. */
export function deploymentName(service: ServiceRef, releaseNumber: number, release: ReleaseId): string {
  return `${service.serviceSlug.slice(0, mostSlug)}-r${releaseNumber}-${hash(release, 5)}`;
}

/** Holds the variables of one release. */
export function secretName(deployment: string): string {
  return `${deployment}-env`;
}

/** One for each volume of an environment, as its services name it; any case and `_` may be in that. */
export function claimName(volume: string): string {
  const plain = volume
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(0, 40);
  return `v-${plain}-${hash(volume, 6)}`;
}

/** `r12-7x2kq`: what is random in a pod's name, after its release. */
export function replicaName(releaseNumber: string, podName: string): string {
  return `r${releaseNumber}-${podName.slice(podName.lastIndexOf('-') + 1)}`;
}

export interface ReplicaLabels {
  readonly service: ServiceId;
  readonly environment: EnvironmentId;
  readonly release: ReleaseId;
  readonly releaseNumber: string;
  readonly port: number;
}

/** Null for anything that is not wholly ours: whoever may make pods may write labels. */
export function parseReplicaLabels(labels: Readonly<Record<string, string>>, home: string): ReplicaLabels | null {
  const { [label.service]: service, [label.environment]: environment, [label.release]: release } = labels;
  if (labels[label.home] !== homeLabel(home)) return null;
  const ids = { service: service, environment: environment, release: release };
  if (!isId('svc', ids.service) || !isId('env', ids.environment) || !isId('rel', ids.release)) return null;
  const port = Number(labels[label.port]);
  if (!Number.isInteger(port)) return null;
  return {
    service: ids.service,
    environment: ids.environment,
    release: ids.release,
    releaseNumber: labels[label.releaseNumber] ?? '0',
    port,
  };
}
