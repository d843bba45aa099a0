import { describeExit, describeRestarts, type Reason } from '@sconce/core';
import type { ContainerEnd, ContainerStatus, PodFacts } from '@sconce/kubernetes-api';
import type { ReplicaHealth } from '@sconce/ports';
import type { NodeNews } from './node-coming.ts';

export interface Why {
  readonly reason: Reason | null;
  readonly message: string | null;
}

/** In a code and a sentence, from what the scheduler, the kubelet and the container runtime say of the pod. */
export function whyNotReady(
  pod: PodFacts,
  main: ContainerStatus | null,
  health: ReplicaHealth,
  end: ContainerEnd | null,
  news: NodeNews | null = null,
): Why {
  if (health === 'ready') return { reason: null, message: null };
  if (health === 'stopping') return { reason: 'draining', message: whyLeaving(pod) };
  if (health === 'unready') return { reason: 'waiting_for_replicas', message: 'It stopped answering its probe.' };
  return (
    whyNotPlaced(pod, news) ??
    whyNotMade(main) ??
    whyEnded(main, end) ?? { reason: 'waiting_for_replicas', message: describeStart(main) }
  );
}

/** Kubernetes says in a condition of the pod when somebody else than its owner ends it. */
function whyLeaving({ status, spec }: PodFacts): string {
  const disruption = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  const node = spec.nodeName ?? 'its node';
  switch (disruption?.status === 'True' ? disruption.reason : undefined) {
    case 'EvictionByEvictionAPI':
      return `It leaves ${node}, which is being drained. Another one is started elsewhere.`;
    case 'DeletionByTaintManager':
      return `It is given up: ${node} does not answer, or takes nobody any more. Another one is started elsewhere.`;
    case 'PreemptionByScheduler':
      return `It makes room on ${node} for a pod of higher priority.`;
    case 'TerminationByKubelet':
      return `It is ended by ${node}: ${(disruption?.message ?? 'too little is free there').slice(0, 300)}`;
    default:
      return 'It is being stopped.';
  }
}

function describeStart(main: ContainerStatus | null): string {
  if (main?.state?.running !== undefined) return 'It is starting: its probe is not answered yet.';
  if (main?.state?.waiting?.reason === 'ContainerCreating')
    return 'It is starting: its image and volumes are being made ready.';
  return 'It is starting.';
}

/** The scheduler's words, `0/3 nodes are available: 1 Insufficient nvidia.com/gpu, ...`, and what a person can do about them. */
function whyNotPlaced({ status }: PodFacts, news: NodeNews | null): Why | null {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return null;
  const said = (scheduled.message ?? '').replace(/ preemption:.*$/s, '').slice(0, 500);
  if (news?.isComing) return { reason: 'waiting_for_node', message: `It has no place yet: ${news.words}.` };
  const { reason, why } = obstacles.find(({ words }) => words.test(said)) ?? noObstacle;
  const also = news === null ? '' : ` And ${news.words}.`;
  return { reason, message: `It has no place: ${why} (${said})${also}` };
}

interface Obstacle {
  readonly words: RegExp;
  readonly reason: Reason;
  readonly why: string;
}

/** The scheduler names one for each node: what is scarce comes first, since nodes of other kinds stand in the way everywhere. */
const obstacles: readonly Obstacle[] = [
  {
    words: /Insufficient (?:nvidia|amd)\.com\//,
    reason: 'waiting_for_gpu',
    why: 'no node has the GPUs free that it asks for. It starts when a service gives some up, or a node is added.',
  },
  {
    words: /Insufficient memory/,
    reason: 'memory_insufficient',
    why: 'no node has so much memory free. Ask for less, or add a node.',
  },
  {
    words: /Insufficient cpu/,
    reason: 'waiting_for_replicas',
    why: 'no node has so much processor free. Ask for less, or add a node.',
  },
  {
    words: /Insufficient ephemeral-storage/,
    reason: 'waiting_for_replicas',
    why: 'no node has so much disk free. Remove what is not needed there, or add a node.',
  },
  {
    words: /Too many pods/,
    reason: 'waiting_for_replicas',
    why: 'its nodes run as many replicas as they may. Remove a service, or add a node.',
  },
  {
    words: /persistentvolumeclaim|volume node affinity|PersistentVolume/i,
    reason: 'waiting_for_replicas',
    why: 'its volume is not there, or on another node. `kubectl get pvc` says which, and a storage class has to provide it.',
  },
  {
    words: /unschedulable/,
    reason: 'waiting_for_replicas',
    why: 'the nodes that it could run on are being drained. It starts when one is opened with `kubectl uncordon`, or added.',
  },
  {
    words: /node\.kubernetes\.io\/(?:unreachable|not-ready)/,
    reason: 'waiting_for_replicas',
    why: 'the nodes that it could run on do not answer. It starts when one is back, or added.',
  },
  {
    words: /taint|didn't match Pod's node affinity/,
    reason: 'waiting_for_replicas',
    why: 'no node takes it. Remove the taint named here from one with `kubectl taint`, or add a node without it.',
  },
];
const noObstacle = { reason: 'waiting_for_replicas', why: 'it waits for the scheduler' } as const;

/** The kubelet could not even begin. */
function whyNotMade(main: ContainerStatus | null): Why | null {
  const { reason = '', message = '' } = main?.state?.waiting ?? {};
  const said = message.slice(0, 500).replace(/[.\s]+$/, '');
  switch (reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return {
        reason: 'image_pull_failed',
        message: `Its image cannot be pulled, which is tried again by itself. ${whatOfPull(said)} (${said})`,
      };
    case 'InvalidImageName':
    case 'ErrImageNeverPull':
      return { reason: 'image_missing', message: `Its image cannot be used: ${said}` };
    case 'CreateContainerConfigError':
      return { reason: 'start_failed', message: describeConfigError(said) };
    case 'CreateContainerError':
    case 'RunContainerError':
      return whyNotStarted(said);
    default:
      return null;
  }
}

/** A registry that knows the image but not the node, one without the image, or none at all. */
function whatOfPull(said: string): string {
  if (/unauthorized|denied|authentication required|\b40[13]\b/i.test(said))
    return 'Let the nodes log in to the registry.';
  if (/not found|manifest unknown|\b404\b/i.test(said))
    return 'The registry does not have it: build it again, or push it there.';
  return 'Is the registry reachable from the nodes?';
}

/** The container runtime's words, with what to do where that is known. */
function whyNotStarted(message: string): Why {
  const said = message.slice(0, 500);
  if (/exec format error/.test(message)) {
    return {
      reason: 'wrong_architecture',
      message: `Its image is for another processor than its node has: build it for that one, or for both. (${said})`,
    };
  }
  // As NVIDIA's container toolkit says that `NVIDIA_REQUIRE_CUDA` of an image is not met.
  const cuda = /unsatisfied condition: (cuda\s*[<>=]+\s*[\d.]+)/i.exec(message)?.[1];
  if (cuda !== undefined) {
    return {
      reason: 'start_failed',
      message: `The GPU driver of its node is too old for the image, which needs ${cuda}: use an image of an older CUDA, or a node with a newer driver.`,
    };
  }
  return { reason: 'start_failed', message: `It could not be started: ${said}` };
}

function describeConfigError(said: string): string {
  const user = /non-numeric user \(([^)]{1,64})\)/.exec(said)?.[1];
  if (user !== undefined) {
    return `Its image names its user, and Kubernetes cannot tell that \`${user}\` is not root: give the number in its Dockerfile, as in \`USER 1000\`. (${said})`;
  }
  if (/runAsNonRoot/.test(said)) {
    return `Its image runs as root, which this cluster does not take: add a line like \`USER 1000\` to its Dockerfile. (${said})`;
  }
  return `It could not be started: ${said}`;
}

function whyEnded(main: ContainerStatus | null, end: ContainerEnd | null): Why | null {
  if (main === null || end === null) return null;
  const isWaiting = main.state?.running === undefined;
  if (!isWaiting && main.restartCount === 0) return null;
  if (end.reason === 'OOMKilled') {
    const message = `It ran out of memory and was ended.${describeRestarts(main.restartCount)}`;
    return { reason: 'out_of_memory', message };
  }
  if (end.reason === 'StartError' || end.reason === 'ContainerCannotRun') return whyNotStarted(end.message ?? '');
  return { reason: 'crash_loop', message: describeExit(end.exitCode, main.restartCount) };
}
