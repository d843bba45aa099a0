import { homeLabel, type Manifest } from '@sconce/kubernetes-api';
import type { ReplicaTarget } from '@sconce/ports';
import { annotation, claimName, deploymentName, label, mainContainer, namespaceName, secretName } from '../names.ts';
import type { GpuPlace } from '../pools/choose-gpu-pool.ts';
import type { PodSecurity } from './make-environment.ts';
import type { ReleaseVariables } from './make-release-secret.ts';
import { serviceLabels } from './make-service.ts';
import { literal, makeSidecars } from './make-sidecars.ts';

export interface DeploymentPlace {
  readonly home: string;
  readonly podSecurity: PodSecurity;
  readonly variables: ReleaseVariables;
  /** Null: it asks for no GPU. */
  readonly gpu: GpuPlace | null;
  /** Of the Deployment as it was read; null makes a new one, or fails where there is one. */
  readonly resourceVersion: string | null;
  /** The generation its pods were first made for: another one would start them all anew. */
  readonly firstGeneration: number;
}

/**
 * Routes are taken away before a release is retired. Whoever is ended otherwise (a drained node, an eviction) goes on serving for so long
 * after it was marked as leaving, which is what gateways need to hear of it.
 */
const preStopSeconds = 2;
const sharedMemoryWithoutLimitMiB = 1_024;
/** The platform itself gives up on what never gets ready, with a reason. Kubernetes would only kill it, again and again. */
const neverGiveUp = 1_000_000;

/** One Deployment per release, so that old and new stand side by side. */
export function makeDeployment(target: ReplicaTarget, place: DeploymentPlace): Manifest {
  const { service, release, releaseNumber } = target;
  const owner = { ...serviceLabels(target, place.home), [label.release]: release };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: deploymentName(service, releaseNumber, release),
      namespace: namespaceName(service.environment),
      labels: owner,
      annotations: {
        [annotation.generation]: String(target.generation),
        ...(place.gpu === null ? {} : { [annotation.gpu]: JSON.stringify(place.gpu) }),
      },
      ...(place.resourceVersion === null ? {} : { resourceVersion: place.resourceVersion }),
    },
    spec: {
      replicas: target.replicas,
      revisionHistoryLimit: 1,
      // Its template only changes by hand, and is then put back. With its GPU taken, a second pod could never start beside the first.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      selector: { matchLabels: { [label.home]: homeLabel(place.home), [label.release]: release } },
      template: {
        metadata: {
          labels: { ...owner, [label.releaseNumber]: String(releaseNumber), [label.port]: String(target.port) },
          annotations: { [annotation.generation]: String(place.firstGeneration) },
        },
        spec: makePodSpec(target, place),
      },
    },
  };
}

function makePodSpec(target: ReplicaTarget, place: DeploymentPlace): Readonly<Record<string, unknown>> {
  const { memoryMiB } = target.resources;
  const sharedMiB = memoryMiB === null ? sharedMemoryWithoutLimitMiB : Math.max(64, Math.floor(memoryMiB / 2));
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: Math.ceil(target.stopTimeoutMs / 1000) + preStopSeconds,
    securityContext: {
      ...(place.podSecurity === 'restricted' ? { runAsNonRoot: true } : {}),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...makeSchedule(place.gpu),
    ...makeSidecars(target, makeVariables(target, place.variables)),
    containers: [makeContainer(target, place)],
    volumes: [
      // PyTorch's data loaders hand tensors over there, and a container gets 64 MiB of it; it counts as memory only when used.
      { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: `${sharedMiB}Mi` } },
      ...target.volumes.map(({ name }) => ({
        name: claimName(name),
        persistentVolumeClaim: { claimName: claimName(name) },
      })),
    ],
  };
}

/** So long may its node be silent until it is given up, and another one started elsewhere. Kubernetes itself would wait for five minutes. */
const lostAfterSeconds = 30;
const lostNode = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: lostAfterSeconds,
}));

function makeSchedule(gpu: GpuPlace | null): Readonly<Record<string, unknown>> {
  if (gpu === null) {
    // Nodes with GPUs are kept for those who ask for one, as long as there are others.
    const elsewhere = { key: 'nvidia.com/gpu.present', operator: 'DoesNotExist' };
    const preference = { weight: 100, preference: { matchExpressions: [elsewhere] } };
    return {
      tolerations: lostNode,
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [preference] } },
    };
  }
  const tolerations = [...lostNode, ...gpu.tolerations.map(({ key, effect }) => ({ key, operator: 'Exists', effect }))];
  if (gpu.nodes === null) return { tolerations };
  const required = { nodeSelectorTerms: [{ matchExpressions: [{ ...gpu.nodes, operator: 'In' }] }] };
  return { tolerations, affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } };
}

function makeContainer(target: ReplicaTarget, place: DeploymentPlace): Readonly<Record<string, unknown>> {
  const { image, command, volumes } = target;
  return {
    name: mainContainer,
    image: `${image.repository}@${image.digest}`,
    imagePullPolicy: 'IfNotPresent',
    // As the image's own CMD is.
    ...(command === null ? {} : { args: command.map(literal) }),
    ...makeVariables(target, place.variables),
    ports: [{ name: 'http', containerPort: target.port, protocol: 'TCP' }],
    resources: makeResources(target, place.gpu),
    ...makeProbes(target),
    lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'shared-memory', mountPath: '/dev/shm' },
      ...volumes.map(({ name, path }) => ({ name: claimName(name), mountPath: path })),
    ],
  };
}

function makeVariables(
  target: ReplicaTarget,
  { secret, renamed }: ReleaseVariables,
): Readonly<Record<string, unknown>> {
  const own = { name: 'SCONCE_REPLICA', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
  if (secret === null) return { env: [own] };
  const name = secretName(deploymentName(target.service, target.releaseNumber, target.release));
  return {
    envFrom: [{ secretRef: { name } }],
    env: [own, ...renamed.map((one) => ({ name: one.name, valueFrom: { secretKeyRef: { name, key: one.key } } }))],
  };
}

/** What a replica without a limit is expected to need. */
const leastCpu = '50m';
const leastMemory = '64Mi';

function makeResources(target: ReplicaTarget, gpu: GpuPlace | null): Readonly<Record<string, unknown>> {
  const { cpuMilli, memoryMiB } = target.resources;
  const cpu = cpuMilli === null ? {} : { cpu: `${cpuMilli}m` };
  const memory = memoryMiB === null ? {} : { memory: `${memoryMiB}Mi` };
  const gpus = gpu === null ? {} : { [gpu.resource]: String(gpu.count) };
  return {
    requests: { cpu: leastCpu, memory: leastMemory, ...cpu, ...memory, ...gpus },
    limits: { ...cpu, ...memory, ...gpus },
  };
}

/** Kubernetes counts in whole seconds, from one on. */
function toSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

function makeProbes({ probe, port }: ReplicaTarget): Readonly<Record<string, unknown>> {
  const ask = probe.path === null ? { tcpSocket: { port } } : { httpGet: { path: probe.path, port, scheme: 'HTTP' } };
  const timeoutSeconds = toSeconds(probe.timeoutMs);
  return {
    startupProbe: { ...ask, timeoutSeconds, periodSeconds: 1, failureThreshold: neverGiveUp, successThreshold: 1 },
    readinessProbe: {
      ...ask,
      timeoutSeconds,
      periodSeconds: toSeconds(probe.periodMs),
      failureThreshold: probe.failureThreshold,
      successThreshold: 1,
    },
  };
}
