import type { ReleaseId, RolloutId, RolloutPhase } from '@sconce/core';
import type { Tx } from '../database.ts';

export interface UnderWayRow {
  readonly release: ReleaseId;
  readonly cause: string;
  readonly phase: RolloutPhase;
  readonly pausedFrom: RolloutPhase | null;
}

/** The rollout of the service that has not ended. */
export async function readUnderWay(tx: Tx, serviceId: string): Promise<UnderWayRow | null> {
  const rows = await tx.$queryRaw<UnderWayRow[]>`
    SELECT release_id AS release, cause, phase, paused_from AS "pausedFrom"
    FROM rollout WHERE service_id = ${serviceId} AND phase NOT IN ('complete', 'aborted', 'superseded')`;
  return rows[0] ?? null;
}

export interface ShiftedRolloutRow {
  readonly id: RolloutId;
  readonly release: ReleaseId;
  readonly number: number;
  readonly cause: string;
  readonly generation: number;
}

/**
 * The rollout whose release answers all requests, as every gateway acknowledged, but which is not recorded as live yet. A gateway counts
 * when it is linked, also to a scheduler that died, or was heard of within `silenceMs`; with none there is no such rollout.
 */
export async function readShiftedRollout(
  tx: Tx,
  serviceId: string,
  now: Date,
  silenceMs: number,
): Promise<ShiftedRolloutRow | null> {
  const heardOf = new Date(now.getTime() - silenceMs);
  const rows = await tx.$queryRaw<ShiftedRolloutRow[]>`
    SELECT r.id, r.release_id AS release, l.number, r.cause, r.generation
    FROM rollout r JOIN release l ON l.id = r.release_id,
      (SELECT min(acked_version) AS acked FROM gateway WHERE connected OR last_seen_at >= ${heardOf}) g
    WHERE r.service_id = ${serviceId} AND r.phase = 'shifting' AND r.route_version <= g.acked`;
  return rows[0] ?? null;
}
