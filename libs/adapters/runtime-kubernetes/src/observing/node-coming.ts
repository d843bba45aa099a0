import { isForbidden, type ListOf, type ObjectFacts, type PodFacts } from '@sconce/kubernetes-api';
import type { KubernetesParts } from '../applying/kubernetes-parts.ts';

export interface EventFacts extends ObjectFacts {
  readonly reason?: string;
  readonly message?: string;
  readonly reportingComponent?: string;
  readonly source?: { readonly component?: string };
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string } | null;
}

/** What a node autoscaler said last of a pod that has no place. */
export interface NodeNews {
  readonly isComing: boolean;
  /** In words, without a dot at the end. */
  readonly words: string;
}

/** An autoscaler looks each ten seconds or so: before, there is nothing to be read. */
const quietMs = 3_000;

/** Of each pod that waits for a place, by its uid. What the account may not read stays unknown. */
export async function readNodeNews(
  { api, clock }: KubernetesParts,
  pods: readonly PodFacts[],
): Promise<ReadonlyMap<string, NodeNews>> {
  const waiting = pods.filter(
    (pod) => hasNoPlace(pod) && clock.now() - Date.parse(pod.metadata.creationTimestamp) > quietMs,
  );
  const news = await Promise.all(
    waiting.map(async ({ metadata }) => {
      const path = `/api/v1/namespaces/${metadata.namespace}/events`;
      const query = { fieldSelector: `involvedObject.uid=${metadata.uid}` };
      const events = await api
        .call<ListOf<EventFacts>>('reading events of a pod', { method: 'GET', path, query })
        .catch((error: unknown) => {
          if (!isForbidden(error)) throw error;
          return { items: [] };
        });
      return [metadata.uid, toNodeNews(events.items)] as const;
    }),
  );
  return new Map(news.filter((entry): entry is [string, NodeNews] => entry[1] !== null));
}

const hasNoPlace = ({ status, metadata }: PodFacts): boolean =>
  metadata.deletionTimestamp === undefined &&
  status?.conditions?.some(({ type, status: is }) => type === 'PodScheduled' && is === 'False') === true;

/** Null where no autoscaler said anything. Sources: the events that cluster-autoscaler and Karpenter record on pods. */
export function toNodeNews(events: readonly EventFacts[]): NodeNews | null {
  const told = events.flatMap((event) => {
    const news = readEvent(event);
    return news === null ? [] : [{ at: timeOf(event), news }];
  });
  return told.sort((a, b) => b.at - a.at)[0]?.news ?? null;
}

function readEvent(event: EventFacts): NodeNews | null {
  const said = (event.message ?? '').slice(0, 300).replace(/[.\s]+$/, '');
  const from = event.reportingComponent || event.source?.component || '';
  switch (event.reason) {
    case 'TriggeredScaleUp':
      return { isComing: true, words: `the cluster autoscaler adds a node for it (${said})` };
    case 'Nominated':
      return from === 'karpenter' ? { isComing: true, words: `Karpenter adds a node for it (${said})` } : null;
    case 'NotTriggerScaleUp':
    case 'FailedScaleUp':
      return { isComing: false, words: `the cluster autoscaler adds no node for it (${said})` };
    case 'FailedScheduling':
      return from === 'karpenter' ? { isComing: false, words: `Karpenter adds no node for it (${said})` } : null;
    default:
      return null;
  }
}

/** Events have their time in one of several places, by who wrote them. */
function timeOf({ series, lastTimestamp, eventTime, metadata }: EventFacts): number {
  return Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp);
}
