import type { ContainerEnd, ContainerStatus, PodFacts } from '@sconce/kubernetes-api';
import type { ObservedReplica, ReplicaHealth } from '@sconce/ports';
import { annotation, mainContainer, parseReplicaLabels, replicaName } from '../names.ts';
import { parseQuantity } from '../pools/quantity.ts';
import type { NodeNews } from './node-coming.ts';
import { findSidecarTrouble } from './sidecar-trouble.ts';
import { type Why, whyNotReady } from './why-not-ready.ts';

/** `now` in milliseconds; `news` of a node for it. Null for a pod that is none of ours, or one that has ended: its Deployment has made another in its place. */
export function toObservedReplica(
  pod: PodFacts,
  home: string,
  now: number,
  news: NodeNews | null = null,
): ObservedReplica | null {
  const { metadata, spec, status } = pod;
  const labels = parseReplicaLabels(metadata.labels ?? {}, home);
  if (labels === null) return null;
  const isLeaving = metadata.deletionTimestamp !== undefined;
  if ((status?.phase === 'Failed' || status?.phase === 'Succeeded') && !isLeaving) return null;
  const main = mainStatus(pod);
  const trouble = findSidecarTrouble(pod, now);
  const health = besideSidecars(healthOf(pod, main), trouble);
  const end = lastEnd(main);
  const host = main?.state?.running === undefined ? null : (status?.podIP ?? null);
  return {
    id: metadata.uid,
    name: replicaName(labels.releaseNumber, metadata.name),
    service: labels.service,
    release: labels.release,
    generation: Number(metadata.annotations?.[annotation.generation] ?? 0),
    health,
    ...(isWaitingFor(trouble, health) ? trouble : whyNotReady(pod, main, health, end, news)),
    address: host === null ? null : { host, port: labels.port },
    node: spec.nodeName ?? '',
    createdAt: metadata.creationTimestamp,
    placedAt: placedAt(pod),
    isNodeComing: news?.isComing ?? false,
    startedAt: main?.state?.running?.startedAt ?? main?.state?.terminated?.startedAt ?? end?.startedAt ?? null,
    restarts: main?.restartCount ?? 0,
    exitCode: end?.exitCode ?? null,
    outOfMemory: end?.reason === 'OOMKilled',
    gpus: gpusOf(pod),
  };
}

/** When the scheduler gave it its node. */
function placedAt({ status }: PodFacts): string | null {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'True' ? (scheduled.lastTransitionTime ?? null) : null;
}

export function mainStatus({ status }: PodFacts): ContainerStatus | null {
  return status?.containerStatuses?.find(({ name }) => name === mainContainer) ?? null;
}

/** How its process ended the last time; null while the first one runs. */
export function lastEnd(main: ContainerStatus | null): ContainerEnd | null {
  return main?.state?.terminated ?? main?.lastState?.terminated ?? null;
}

function healthOf(pod: PodFacts, main: ContainerStatus | null): ReplicaHealth {
  if (pod.metadata.deletionTimestamp !== undefined) return 'stopping';
  if (main === null) return 'starting';
  if (main.state?.running === undefined) return lastEnd(main) === null ? 'starting' : 'exited';
  if (isReady(pod) && main.ready) return 'ready';
  return hasBeenReady(pod, main) ? 'unready' : 'starting';
}

/** A replica does well only with all of its sidecars. */
function besideSidecars(health: ReplicaHealth, trouble: Why | null): ReplicaHealth {
  return health === 'ready' && trouble !== null ? 'unready' : health;
}

function isWaitingFor(trouble: Why | null, health: ReplicaHealth): trouble is Why {
  return trouble !== null && (health === 'starting' || health === 'unready');
}

function isReady({ status }: PodFacts): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

/**
 * Whether this very process was ready before. Its startup probe ends a moment before its readiness probe is asked for the first time, so that
 * alone does not tell; but the condition then has not changed since the process started. Kubernetes' times are whole seconds.
 */
function hasBeenReady({ status }: PodFacts, { started, state }: ContainerStatus): boolean {
  const changed = status?.conditions?.find(({ type }) => type === 'ContainersReady')?.lastTransitionTime;
  const since = state?.running?.startedAt;
  return started === true && changed !== undefined && since !== undefined && Date.parse(changed) > Date.parse(since);
}

/** Which cards a pod was given is known on its node only: here each has a place in the pod. */
function gpusOf({ spec }: PodFacts): readonly string[] {
  const limits = spec.containers.find(({ name }) => name === mainContainer)?.resources?.limits ?? {};
  return Object.entries(limits)
    .filter(([resource]) => /^(?:nvidia|amd)\.com\//.test(resource))
    .flatMap(([resource, amount]) =>
      Array.from({ length: parseQuantity(amount) }, (_, index) => `${resource}-${index}`),
    );
}
