import { auditRecorded, type EventHistoryFilter, type StoredEvent } from '@sconce/db';

/** What of everything that happens one stream tells. */
export interface StreamFilter extends EventHistoryFilter {
  /** Also what moved in a cluster: everybody may look at what it is now. */
  readonly clusters?: boolean;
  /** Also rows of the audit log, of the projects that it is true of. They are never told by the rules that events are. */
  readonly audits?: (projectId: string | null) => boolean;
}

type Matched = Pick<StoredEvent, 'type' | 'projectId' | 'environmentId' | 'serviceId' | 'subjectId'> & {
  readonly actor?: StoredEvent['actor'];
};

export function matches(event: Matched, filter: StreamFilter): boolean {
  if (filter.clusters && ofClusters.has(event.type)) return !filter.type && !filter.subjectId && !filter.actor;
  return isVisible(event, filter) && isAskedFor(event, filter);
}

const ofClusters: ReadonlySet<string> = new Set(['cluster.changed', 'cluster.measured']);

function isVisible({ type, projectId, environmentId, actor }: Matched, filter: StreamFilter): boolean {
  if (type === auditRecorded) return filter.audits?.(projectId) === true;
  const { projectIds, ownOf } = filter;
  if (filter.environmentId && environmentId !== filter.environmentId) return false;
  if (projectIds === null) return true;
  return projectId === null ? Boolean(ownOf) && actor === ownOf : projectIds.includes(projectId);
}

function isAskedFor({ type, serviceId, subjectId, actor }: Matched, filter: StreamFilter): boolean {
  return (
    (!filter.serviceId || serviceId === filter.serviceId) &&
    (!filter.subjectId || subjectId === filter.subjectId) &&
    (!filter.actor || actor === filter.actor) &&
    (!filter.type || type === filter.type || type.startsWith(`${filter.type}.`))
  );
}
