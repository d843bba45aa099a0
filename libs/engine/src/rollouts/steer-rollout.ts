import { appendEvent, lockServiceToDeploy, type RolloutRow, readRollout, requestOfRollout, wake } from '@sconce/db';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { transactionOrDryRun } from '../releases/dry-run.ts';

export interface SteerRollout {
  readonly rolloutId: string;
  readonly actor: Actor;
  readonly dryRun?: boolean;
}

/** Holds it where it is: weights and replicas stay. From `pending` on it pauses as soon as it prepares. @throws Rejection */
export function pauseRollout(deps: Deps, input: SteerRollout): Promise<RolloutRow> {
  return steer(deps, input, 'rollout.pause_requested', { pause: true });
}

export function resumeRollout(deps: Deps, input: SteerRollout): Promise<RolloutRow> {
  return steer(deps, input, 'rollout.resume_requested', { pause: false });
}

/** Goes back to what was live before: its weights first, then the new replicas go. @throws Rejection once it is live */
export function abortRollout(deps: Deps, input: SteerRollout): Promise<RolloutRow> {
  return steer(deps, input, 'rollout.abort_requested', { abort: true });
}

async function steer(
  deps: Deps,
  input: SteerRollout,
  type: string,
  request: { pause?: boolean; abort?: boolean },
): Promise<RolloutRow> {
  return transactionOrDryRun(deps.db, input.dryRun === true, async (tx) => {
    const rollout = await readRollout(tx, input.rolloutId);
    const service = rollout === null ? null : await lockServiceToDeploy(tx, rollout.serviceId);
    if (rollout === null || service === null) throw new Rejection('not_found', 'There is no such rollout.');
    if (request.pause === true && rollout.strategy === 'hand_over') throw mayNotPause;
    if (!(await requestOfRollout(tx, rollout.id, request))) throw tooLate(rollout, request);
    const place = { projectId: service.projectId, environmentId: service.environmentId, serviceId: service.id };
    await appendEvent(tx, { type, ...place, subjectId: rollout.id, actor: input.actor });
    await wake(tx, 'service', service.id);
    return (await readRollout(tx, rollout.id)) ?? rollout;
  });
}

const mayNotPause = new Rejection(
  'conflict',
  'Requests wait until this rollout has handed its GPU over, so it does not pause.',
  {
    hint: 'Abort it: the release before starts again.',
  },
);

function tooLate(rollout: RolloutRow, request: { readonly abort?: boolean }): Rejection {
  if (rollout.phase === 'aborting') return new Rejection('already_ended', 'The rollout is being taken back already.');
  if (rollout.phase !== 'draining') return new Rejection('already_ended', `The rollout has ended: ${rollout.phase}.`);
  const hint = request.abort === true ? 'Roll the service back instead.' : 'Nothing is left to pause.';
  return new Rejection('already_ended', 'The release is live already; only old replicas finish what they began.', {
    hint,
  });
}
