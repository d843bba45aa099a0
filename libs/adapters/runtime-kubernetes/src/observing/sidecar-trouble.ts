import type { ContainerStatus, PodFacts } from '@sconce/kubernetes-api';
import { type Why, whyNotReady } from './why-not-ready.ts';

/** One that was started again has to run for so long before it counts as well; else a crash loop would look well between its crashes. */
const wellAfterMs = 10_000;

/** Why the first sidecar that does not do well does not; null when all of them do, and before the kubelet has heard of them. */
export function findSidecarTrouble(pod: PodFacts, now: number): Why | null {
  const ill = pod.status?.initContainerStatuses?.find((sidecar) => !isWell(sidecar, now));
  if (ill === undefined) return null;
  // Its own story, told as that of a main process; where the pod stands is told before.
  const alone = { ...pod, status: { ...pod.status, conditions: [] } };
  const why = whyNotReady(alone, ill, 'starting', ill.state?.terminated ?? ill.lastState?.terminated ?? null);
  const isYoung = why.reason === 'waiting_for_replicas' && ill.state?.running === undefined;
  return {
    ...why,
    message: isYoung ? `It waits for its sidecar ${ill.name}.` : `Its sidecar ${ill.name}: ${why.message}`,
  };
}

function isWell({ state, restartCount }: ContainerStatus, now: number): boolean {
  if (state?.running === undefined) return false;
  const age = now - Date.parse(state.running.startedAt);
  return restartCount === 0 || age < 0 || age >= wellAfterMs;
}
