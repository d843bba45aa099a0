import type { Measured } from '../streams/metric-feed.ts';
import { withTimes } from './with-times.ts';

/** `service.measured` as streams tell it. It stands in no table: `cursor` is where the stream was when it came. */
export function toMeasuredEvent({ place, point, recent, replicas }: Measured, cursor: string) {
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
