import { describeExit, describeRestarts, type Reason } from '@sconce/core';
import type { ReplicaHealth } from '@sconce/ports';
import type { ContainerEnd, ContainerStatus, PodFacts } from '../api/facts.ts';

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
): Why {
  if (health === 'ready') return { reason: null, message: null };
  if (health === 'stopping') return { reason: 'draining', message: whyLeaving(pod) };
  if (health === 'unready') return { reason: 'waiting_for_replicas', message: 'It stopped answering its probe.' };
  return (
    whyNotPlaced(pod) ??
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

/** The scheduler's words: `0/3 nodes are available: 1 Insufficient nvidia.com/gpu, ...`. */
function whyNotPlaced({ status }: PodFacts): Why | null {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return null;
  const said = (scheduled.message ?? '').replace(/ preemption:.*$/s, '').slice(0, 500);
  const no = (what: string) => `It has no place: ${what} (${said})`;
  if (/Insufficient (?:nvidia|amd)\.com\//.test(said))
    return { reason: 'waiting_for_gpu', message: no('no node has the GPUs free that it asks for') };
  if (/Insufficient memory/.test(said))
    return { reason: 'memory_insufficient', message: no('no node has so much memory free') };
  if (/Insufficient cpu/.test(said))
    return { reason: 'waiting_for_replicas', message: no('no node has so much processor free') };
  if (/persistentvolumeclaim|volume node affinity|PersistentVolume/i.test(said))
    return { reason: 'waiting_for_replicas', message: no('its volume is not there, or on another node') };
  if (/taint|didn't match Pod's node affinity/.test(said))
    return { reason: 'waiting_for_replicas', message: no('no node takes it') };
  return { reason: 'waiting_for_replicas', message: no('it waits for the scheduler') };
}

/** The kubelet could not even begin. */
function whyNotMade(main: ContainerStatus | null): Why | null {
  const { reason = '', message = '' } = main?.state?.waiting ?? {};
  const said = message.slice(0, 500);
  switch (reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return { reason: 'image_pull_failed', message: `Its image cannot be pulled: ${said}` };
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
