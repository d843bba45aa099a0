import { decideRollback, type ReleaseId, type RolloutId } from '@sconce/core';
import {
  appendEvent,
  type LockedService,
  lockServiceToDeploy,
  type ReleaseRow,
  readLiveMoments,
  readRelease,
  readUnderWay,
  setPin,
  type Tx,
} from '@sconce/db';
import type { ImageRegistry } from '@sconce/ports';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { startRollout } from './create-release.ts';
import { imageCollected } from './deploy-service.ts';
import { transactionOrDryRun } from './dry-run.ts';

export interface RollBackService {
  readonly serviceId: string;
  /** Absent: what stood before the release that answers now. */
  readonly releaseId?: string;
  readonly actor: Actor;
  readonly dryRun?: boolean;
}

export interface RolledBack {
  readonly release: ReleaseRow;
  readonly rolloutId: RolloutId;
  readonly generation: number;
}

/**
 * Makes an earlier release the desired one, as it was: its image, its variables, its versions of secrets. Nothing is built or fetched.
 * Pins the service, so that the next push does not undo it. @throws Rejection
 */
export async function rollBackService(
  deps: Deps & { readonly imageRegistry: ImageRegistry },
  input: RollBackService,
): Promise<RolledBack> {
  // Outside the transaction: the engine may be slow. What was chosen is checked again under the lock.
  const chosen = await deps.db.transaction(async (tx) => chooseTarget(tx, await lock(tx, input), input));
  if ((await deps.imageRegistry.inspect(chosen.imageDigest)) === null) throw imageCollected(chosen.imageDigest);
  return transactionOrDryRun(deps.db, input.dryRun === true, async (tx) => {
    const service = await lock(tx, input);
    const release = await chooseTarget(tx, service, input);
    if (release.id !== chosen.id)
      throw new Rejection('conflict', 'Another release went live meanwhile.', {
        hint: 'Look again, and name the release to go back to.',
      });
    const at = new Date(deps.clock.now());
    await setPin(tx, service.id, { at, reason: `Rolled back to r${release.number}` });
    await appendEvent(tx, {
      type: 'service.pinned',
      ...placeOf(service),
      subjectId: service.id,
      data: { release: release.id },
      actor: input.actor,
    });
    const started = await startRollout(tx, deps, service, {
      releaseId: release.id,
      cause: 'rollback',
      actor: input.actor,
    });
    return { release, ...started };
  });
}

/** Pushes deploy again from the next one on; what runs stays. Nothing happens when it is not pinned. */
export async function unpinService(
  deps: Deps,
  input: { readonly serviceId: string; readonly actor: Actor; readonly dryRun?: boolean },
): Promise<void> {
  await transactionOrDryRun(deps.db, input.dryRun === true, async (tx) => {
    const service = await lock(tx, input);
    if (service.pinnedAt === null) return;
    await setPin(tx, service.id, null);
    await appendEvent(tx, { type: 'service.unpinned', ...placeOf(service), subjectId: service.id, actor: input.actor });
  });
}

async function lock(tx: Tx, input: { readonly serviceId: string }): Promise<LockedService> {
  const service = await lockServiceToDeploy(tx, input.serviceId);
  if (service === null) throw new Rejection('not_found', 'There is no such service.');
  return service;
}

async function chooseTarget(tx: Tx, service: LockedService, input: RollBackService): Promise<ReleaseRow> {
  const id = input.releaseId ?? (await previousOf(tx, service));
  const release = await readRelease(tx, id);
  if (release === null || release.serviceId !== service.id)
    throw new Rejection('not_found', 'The service has no such release.');
  if (release.id === service.liveReleaseId && release.id === service.desiredReleaseId)
    throw new Rejection('conflict', `r${release.number} is live already.`, {
      hint: 'Name an earlier release to go back to.',
    });
  return release;
}

async function previousOf(tx: Tx, service: LockedService): Promise<ReleaseId> {
  const isMoving = service.desiredReleaseId !== service.liveReleaseId;
  const previous = decideRollback(
    await readLiveMoments(tx, service.id),
    isMoving ? await readUnderWay(tx, service.id) : null,
  );
  if (previous !== null) return previous;
  const hint = 'Deploy another release, or name an earlier one.';
  throw new Rejection('nothing_to_roll_back_to', 'No other release was live before this one.', { hint });
}

function placeOf(service: LockedService) {
  return { projectId: service.projectId, environmentId: service.environmentId, serviceId: service.id };
}
