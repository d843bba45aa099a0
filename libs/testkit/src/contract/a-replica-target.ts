import type { Sidecar } from '@sconce/core';
import { newId } from '@sconce/foundation';
import type { ReplicaTarget, ServiceRef } from '@sconce/ports';

export function aServiceRef(change: Partial<ServiceRef> = {}): ServiceRef {
  return {
    service: newId('svc'),
    environment: newId('env'),
    projectSlug: 'acme',
    environmentSlug: 'test',
    serviceSlug: 'web',
    ...change,
  };
}

/** One replica of a first release, probed quickly, of an image that nothing has. */
export function aReplicaTarget(change: Partial<ReplicaTarget> = {}): ReplicaTarget {
  return {
    service: aServiceRef(),
    release: newId('rel'),
    releaseNumber: 1,
    generation: 1,
    replicas: 1,
    image: { digest: `sha256:${'0'.repeat(64)}`, repository: null },
    command: null,
    environmentVariables: {},
    port: 8000,
    probe: { path: null, startupTimeoutMs: 60_000, periodMs: 200, timeoutMs: 500, failureThreshold: 3 },
    resources: { cpuMilli: null, memoryMiB: null, gpu: null },
    volumes: [],
    stopTimeoutMs: 2_000,
    ...change,
  };
}

export function aSidecar(change: Partial<Sidecar> = {}): Sidecar {
  return {
    name: 'cache',
    image: `sha256:${'0'.repeat(64)}`,
    command: null,
    env: {},
    sharesVariables: false,
    cpuMilli: null,
    memoryMiB: null,
    ...change,
  };
}

/** The next release of the same service. */
export function nextRelease(target: ReplicaTarget, change: Partial<ReplicaTarget> = {}): ReplicaTarget {
  return {
    ...target,
    release: newId('rel'),
    releaseNumber: target.releaseNumber + 1,
    generation: target.generation + 1,
    ...change,
  };
}
