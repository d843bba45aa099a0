import {
  type LogLine,
  type Reason,
  type ReleaseId,
  type RolloutId,
  type RolloutPhase,
  type RolloutStrategy,
  rolloutMoves,
  type ServiceId,
} from '@sconce/core';
import type { Tx } from '../database.ts';

export interface RolloutRow {
  readonly id: RolloutId;
  readonly serviceId: ServiceId;
  readonly releaseId: ReleaseId;
  readonly fromReleaseId: ReleaseId | null;
  readonly generation: number;
  readonly cause: string;
  readonly phase: RolloutPhase;
  readonly pausedFrom: RolloutPhase | null;
  readonly strategy: RolloutStrategy | null;
  readonly abortRequested: boolean;
  readonly pauseRequested: boolean;
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly liveAt: Date | null;
  readonly endedAt: Date | null;
}

export type NewRollout = Pick<
  RolloutRow,
  'id' | 'serviceId' | 'releaseId' | 'fromReleaseId' | 'cause' | 'createdBy' | 'createdAt'
> & {
  readonly reason?: Reason | null;
  readonly message?: string | null;
  readonly lastLines?: readonly Partial<LogLine>[];
};

/**
 * Points the service at the release, under a new generation, and begins the rollout of that. Answers the generation. Hold the service's row;
 * the index `rollout_one_active` refuses a second rollout that has not ended.
 */
export async function insertRollout(tx: Tx, rollout: NewRollout): Promise<number> {
  const rows = await tx.$queryRaw<{ generation: number }[]>`
    WITH pointed AS (
      UPDATE service SET desired_release_id = ${rollout.releaseId}, generation = generation + 1, version = version + 1
      WHERE id = ${rollout.serviceId} RETURNING generation)
    INSERT INTO rollout (id, service_id, release_id, from_release_id, generation, cause, created_by, created_at, reason, message, last_lines)
    SELECT ${rollout.id}, ${rollout.serviceId}, ${rollout.releaseId}, ${rollout.fromReleaseId}, generation, ${rollout.cause},
      ${rollout.createdBy}, ${rollout.createdAt}, ${rollout.reason ?? null}, ${rollout.message ?? null}, ${JSON.stringify(rollout.lastLines ?? [])}::jsonb
    FROM pointed RETURNING generation`;
  const [row] = rows;
  if (!row) throw new Error(`Service ${rollout.serviceId} was gone when rollout ${rollout.id} began`);
  return row.generation;
}

export async function readRollout(tx: Tx, id: string): Promise<RolloutRow | null> {
  const rows = await tx.$queryRaw<RolloutRow[]>`
    SELECT id, service_id AS "serviceId", release_id AS "releaseId", from_release_id AS "fromReleaseId", generation, cause, phase,
      paused_from AS "pausedFrom", strategy, abort_requested AS "abortRequested", pause_requested AS "pauseRequested", reason, message,
      created_by AS "createdBy", created_at AS "createdAt", live_at AS "liveAt", ended_at AS "endedAt"
    FROM rollout WHERE id = ${id}`;
  return rows[0] ?? null;
}

export interface RolloutChange {
  readonly at: Date;
  readonly pausedFrom?: RolloutPhase | null;
  /** Stays as it is when absent. */
  readonly strategy?: RolloutStrategy;
  readonly reason?: Reason | null;
  readonly message?: string | null;
  readonly lastLines?: readonly Partial<LogLine>[];
  readonly watchUntil?: Date | null;
}

/**
 * Moves a rollout from the phase it was seen in; false when somebody else moved it first. Throws on a move that the table of moves does
 * not know: that is a fault of ours. Reason and message are replaced: a new phase has its own, or none.
 */
export async function moveRollout(
  tx: Tx,
  id: RolloutId,
  from: RolloutPhase,
  to: RolloutPhase,
  change: RolloutChange,
): Promise<boolean> {
  if (!rolloutMoves[from].includes(to)) throw new Error(`Rollout ${id} cannot go from ${from} to ${to}`);
  const { at } = change;
  const changed = await tx.$executeRaw`
    UPDATE rollout SET phase = ${to}, reason = ${change.reason ?? null}, message = ${change.message ?? null},
      last_lines = COALESCE(${change.lastLines ? JSON.stringify(change.lastLines) : null}::jsonb, last_lines),
      paused_from = ${change.pausedFrom ?? null}, strategy = COALESCE(${change.strategy ?? null}, strategy),
      prepared_at = CASE WHEN ${to} = 'shifting' THEN COALESCE(prepared_at, ${at}::timestamptz) ELSE prepared_at END,
      shifted_at = CASE WHEN ${to} = 'shifting' THEN COALESCE(shifted_at, ${at}::timestamptz) ELSE shifted_at END,
      live_at = CASE WHEN ${to} = 'draining' THEN ${at}::timestamptz ELSE live_at END,
      watch_until = COALESCE(${change.watchUntil ?? null}::timestamptz, watch_until),
      route_version = CASE WHEN ${to} = 'aborting' OR (${to} = 'shifting' AND ${from} = 'preparing') THEN NULL ELSE route_version END,
      ended_at = CASE WHEN ${to} IN ('complete', 'aborted', 'superseded') THEN ${at}::timestamptz ELSE ended_at END
    WHERE id = ${id} AND phase = ${from}`;
  return changed === 1;
}

/** Ends whatever rollout of the service has not ended; a newer one takes over what stands. Answers the one that was ended. */
export async function supersedeActiveRollout(
  tx: Tx,
  serviceId: string,
  change: {
    readonly at: Date;
    readonly reason?: Reason;
    readonly message?: string | null;
    readonly lastLines?: readonly Partial<LogLine>[];
  },
): Promise<{ readonly id: RolloutId; readonly releaseId: ReleaseId; readonly phase: RolloutPhase } | null> {
  const rows = await tx.$queryRaw<{ id: RolloutId; releaseId: ReleaseId; phase: RolloutPhase }[]>`
    WITH active AS (SELECT id, phase FROM rollout WHERE service_id = ${serviceId} AND phase NOT IN ('complete', 'aborted', 'superseded') FOR UPDATE)
    UPDATE rollout SET phase = 'superseded', ended_at = ${change.at}, paused_from = NULL, reason = ${change.reason ?? 'superseded'},
      message = ${change.message ?? null}, last_lines = COALESCE(${change.lastLines ? JSON.stringify(change.lastLines) : null}::jsonb, last_lines)
    FROM active WHERE rollout.id = active.id RETURNING rollout.id, rollout.release_id AS "releaseId", active.phase`;
  return rows[0] ?? null;
}

/** Notes on an ended rollout why its release was taken back later. The phase stays: rows end and are never reopened. */
export async function noteTakenBack(
  tx: Tx,
  id: RolloutId,
  note: {
    readonly reason: Reason;
    readonly message: string;
    readonly lastLines: readonly Partial<LogLine>[];
    readonly at: Date;
  },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE rollout SET reason = ${note.reason}, message = ${note.message}, last_lines = ${JSON.stringify(note.lastLines)}::jsonb, watched_at = ${note.at}
    WHERE id = ${id}`;
}

export async function endWatch(tx: Tx, id: RolloutId, at: Date): Promise<void> {
  await tx.$executeRaw`UPDATE rollout SET watched_at = ${at} WHERE id = ${id} AND watched_at IS NULL`;
}

/** Why nothing moves; true when the reason is another than before. */
export async function setRolloutWaiting(
  tx: Tx,
  id: RolloutId,
  phase: RolloutPhase,
  reason: Reason | null,
  message: string | null,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE rollout SET reason = ${reason}, message = ${message}
    WHERE id = ${id} AND phase = ${phase} AND (reason, message) IS DISTINCT FROM (${reason}, ${message})`;
}

/** Asks; the scheduler does. False when the rollout has ended or is live already. */
export async function requestOfRollout(
  tx: Tx,
  id: string,
  request: { readonly pause?: boolean; readonly abort?: boolean },
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE rollout SET pause_requested = COALESCE(${request.pause ?? null}::boolean, pause_requested),
      abort_requested = COALESCE(${request.abort ?? null}::boolean, abort_requested)
    WHERE id = ${id} AND phase IN ('pending', 'preparing', 'shifting', 'paused')`;
  return changed === 1;
}

/** First table with the weights that the phase wants; a later one does not change it. */
export async function setRouteVersion(tx: Tx, id: RolloutId, version: number): Promise<void> {
  await tx.$executeRaw`UPDATE rollout SET route_version = ${BigInt(version)} WHERE id = ${id} AND route_version IS NULL`;
}

/** From the beginning of the newest hand-overs of a service until the new release answered, ms: requests waited so long at most. */
export async function readHandOverTimes(tx: Tx, serviceId: string): Promise<number[]> {
  const rows = await tx.$queryRaw<{ ms: number }[]>`
    SELECT (extract(epoch FROM live_at - created_at) * 1000)::float8 AS ms FROM rollout
    WHERE service_id = ${serviceId} AND strategy = 'hand_over' AND live_at IS NOT NULL ORDER BY live_at DESC LIMIT 5`;
  return rows.map(({ ms }) => ms);
}
