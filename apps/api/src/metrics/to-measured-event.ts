import type { Measured, MeasuredCluster, MeasuredSlot } from '../streams/metric-feed.ts';
import { withTimes } from './with-times.ts';

/** What was measured as streams tell it. It stands in no table: `cursor` is where the stream was when it came. */
export function toMeasuredEvents({ services, clusters }: MeasuredSlot, cursor: string) {
  return [
    ...services.map((measured) => toServiceMeasured(measured, cursor)),
    ...clusters.map((measured) => toClusterMeasured(measured, cursor)),
  ];
}

function toServiceMeasured({ place, point, recent, replicas }: Measured, cursor: string) {
  const { id, projectId, environmentId } = place;
  return {
    id: `${id}-${point.at}`,
    cursor,
    type: 'service.measured',
    project: projectId,
    environment: environmentId,
    service: id,
    subject: id,
    actor: null,
    actorName: null,
    data: {
      point: withTimes(point),
      recent: withTimes(recent),
      replicas: Object.fromEntries([...replicas].map(([replica, used]) => [replica, withTimes(used)])),
    } as Record<string, unknown>,
    at: new Date(point.at),
    of: { projectId, environmentId, serviceId: id, subjectId: id },
  };
}

function toClusterMeasured({ cluster, at, pools }: MeasuredCluster, cursor: string) {
  return {
    id: `${cluster}-${at}`,
    cursor,
    type: 'cluster.measured',
    project: null,
    environment: null,
    service: null,
    subject: cluster,
    actor: null,
    actorName: null,
    data: { at: new Date(at), pools: pools.map(({ pool, point }) => ({ pool, point: withTimes(point) })) } as Record<
      string,
      unknown
    >,
    at: new Date(at),
    of: { projectId: null, environmentId: null, serviceId: null, subjectId: cluster },
  };
}
