import type { ContainerStatus, Objects, PodFacts } from '@sconce/kubernetes-api';
import { BuilderUnavailable, type Clock } from '@sconce/ports';
import { startsWithinMs } from './make-build-job.ts';
import { buildContainer, label } from './names.ts';

export interface BuildPods {
  /** The pod once its container runs, or has ended. `onWait` hears in words what it waits for, when that changes. Throws `BuilderUnavailable`. */
  started(job: string, onWait: (words: string) => void, signal: AbortSignal): Promise<PodFacts>;
  /** Its pod once nothing of it runs; null where it was taken away. Throws `BuilderUnavailable`. */
  ended(job: string): Promise<PodFacts | null>;
}

const lookEveryMs = 250;
/** The Job controller makes a pod within a second, where it may. */
const noPodAfterMs = 60_000;
/** A kubelet says within a second that a container ended; a node that was lost, never. */
const endsWithinMs = 60_000;

export function watchBuildPods(objects: Objects, namespace: string, clock: Clock): BuildPods {
  const find = async (job: string) =>
    (await objects.list<PodFacts>('Pod', namespace, `${label.job}=${job}`))[0] ?? null;
  return {
    async started(job, onWait, signal) {
      let said = '';
      for (const since = clock.now(); ; await clock.sleep(lookEveryMs, signal)) {
        const pod = await find(job);
        const waitedMs = clock.now() - since;
        const status = statusOf(pod);
        if (pod !== null && (status?.state?.running !== undefined || hasEnded(pod))) return pod;
        if (pod === null && waitedMs > noPodAfterMs)
          throw new BuilderUnavailable(
            `Kubernetes made no pod for the build: "kubectl -n ${namespace} describe job ${job}" says why.`,
          );
        const broken = whyNeverStarts(status);
        if (broken !== null) throw new BuilderUnavailable(broken);
        const words = whyWaiting(pod);
        if (waitedMs > startsWithinMs)
          throw new BuilderUnavailable(`The build's pod did not start within ${startsWithinMs / 60_000} min: ${words}`);
        if (words !== said && words !== '') onWait(words);
        said = words;
      }
    },
    async ended(job) {
      for (const since = clock.now(); ; await clock.sleep(lookEveryMs)) {
        const pod = await find(job);
        if (pod === null || hasEnded(pod)) return pod;
        if (clock.now() - since > endsWithinMs) throw new BuilderUnavailable('The node of the build does not answer.');
      }
    },
  };
}

export function statusOf(pod: PodFacts | null): ContainerStatus | undefined {
  return pod?.status?.containerStatuses?.find(({ name }) => name === buildContainer);
}

function hasEnded(pod: PodFacts): boolean {
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed' || statusOf(pod)?.state?.terminated !== undefined;
}

/** In words; empty while it is only a matter of seconds. */
function whyWaiting(pod: PodFacts | null): string {
  const scheduled = pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False')
    return `It waits for a place on a node that builds may run on: ${scheduled.message ?? scheduled.reason ?? ''}`;
  const waiting = statusOf(pod)?.state?.waiting;
  return waiting?.message === undefined ? '' : `${waiting.reason ?? 'Waiting'}: ${waiting.message}`;
}

/** What no wait mends: whoever runs Sconce has to. */
function whyNeverStarts(status: ContainerStatus | undefined): string | null {
  const { reason = '', message = '' } = status?.state?.waiting ?? {};
  if (['ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'].includes(reason))
    return `The image that builds are made with cannot be pulled: ${message}. SCONCE_BUILD_IMAGE names it.`;
  if (['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'].includes(reason))
    return `The build's container cannot be started: ${message}`;
  return null;
}
