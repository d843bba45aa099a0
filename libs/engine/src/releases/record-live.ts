import { gatewaySilenceMs, type ReleaseId } from '@sconce/core';
import {
  appendEvent,
  type LockedService,
  markReleaseLive,
  moveRollout,
  readShiftedRollout,
  setLiveRelease,
  type Tx,
} from '@sconce/db';
import type { Deps } from '../deps.ts';

export interface NewLive {
  readonly serviceId: string;
  readonly environmentId: string;
  readonly projectId: string;
  readonly rollout: string;
  readonly release: ReleaseId;
  readonly number: number | undefined;
  readonly cause: string;
  /** What was live until now. */
  readonly before: ReleaseId | null;
  readonly at: Date;
}

/** Every gateway routes to it: writes that down. Hold the service's row. */
export async function recordLive(tx: Tx, live: NewLive): Promise<void> {
  const { serviceId, environmentId, projectId, release, number, rollout, cause, before, at } = live;
  if (!(await setLiveRelease(tx, serviceId, before, release)))
    throw new Error(`Another release of ${serviceId} went live beside rollout ${rollout}`);
  await markReleaseLive(tx, release, before === release ? null : before, at);
  const data = { number, rollout, before, cause };
  await appendEvent(tx, { type: 'release.live', projectId, environmentId, serviceId, subjectId: release, data });
}

/**
 * What answers already, as all gateways said, is live, also when the next rollout begins before that was written down: or requests would go
 * back to the release before, and a rollback would pass over what people saw. Hold the service's row. Answers what is live.
 */
export async function recordShifted(
  tx: Tx,
  deps: Pick<Deps, 'clock'>,
  service: Pick<LockedService, 'id' | 'projectId' | 'environmentId' | 'liveReleaseId' | 'desiredReleaseId'>,
): Promise<ReleaseId | null> {
  const { id: serviceId, projectId, environmentId, liveReleaseId: before } = service;
  if (service.desiredReleaseId === before) return before;
  const at = new Date(deps.clock.now());
  const shifted = await readShiftedRollout(tx, serviceId, at, gatewaySilenceMs);
  if (shifted === null || !(await moveRollout(tx, shifted.id, 'shifting', 'draining', { at }))) return before;
  const { id: rollout, release, number, cause, generation } = shifted;
  const place = { projectId, environmentId, serviceId };
  const data = { release, generation, from: 'shifting' };
  await appendEvent(tx, { type: 'rollout.draining', ...place, subjectId: rollout, data });
  await recordLive(tx, { ...place, rollout, release, number, cause, before, at });
  return release;
}
