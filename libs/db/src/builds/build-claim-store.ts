import type { Database, Tx } from '../database.ts';
import type { NewLogLine } from '../logs.ts';
import { addToOutbox } from '../outbox.ts';
import { type BuildRow, buildColumns } from './build-row.ts';

/** A worker's right to write about a build. A later claim has a higher epoch, and what an older one writes is refused. */
export interface BuildClaim {
  readonly build: string;
  readonly epoch: number;
}

/** Takes this build, if it is queued or its claim ran out. Null: it ended, or somebody has it. */
export function claimBuild(tx: Tx, id: string, holder: string, leaseMs: number): Promise<BuildRow | null> {
  return claim(tx, '$1', id, holder, leaseMs);
}

/**
 * Takes the build whose turn it is. `id` is whose message brought the worker here: when its claim ran out it is taken itself; else projects
 * take turns: the one with the fewest running builds, then the one that waited longest since it had one, each with its oldest. There are as
 * many messages as queued builds, so nobody is forgotten. Null: nothing is queued that nobody else is just taking.
 */
export function claimBuildInTurn(tx: Tx, id: string, holder: string, leaseMs: number): Promise<BuildRow | null> {
  return claim(tx, inTurn, id, holder, leaseMs);
}

const inTurn = `COALESCE(
  (SELECT id FROM build WHERE id = $1 AND phase = 'running' AND (claim_until IS NULL OR claim_until <= now())),
  (SELECT q.id FROM build q WHERE q.phase = 'queued'
   ORDER BY (SELECT count(*) FROM build r WHERE r.project_id = q.project_id AND r.phase = 'running'),
     (SELECT max(l.started_at) FROM build l WHERE l.project_id = q.project_id) NULLS FIRST, q.created_at, q.id
   LIMIT 1 FOR UPDATE SKIP LOCKED))`;

async function claim(tx: Tx, chosen: string, id: string, holder: string, leaseMs: number): Promise<BuildRow | null> {
  const rows = await tx.$queryRawUnsafe<BuildRow[]>(
    `UPDATE build b SET phase = 'running', claimed_by = $2, claim_epoch = claim_epoch + 1,
       claim_until = now() + $3 * interval '1 millisecond', started_at = COALESCE(started_at, now()),
       lost_claims = lost_claims + CASE WHEN phase = 'running' AND claimed_by IS NOT NULL THEN 1 ELSE 0 END
     WHERE id = ${chosen} AND (phase = 'queued' OR (phase = 'running' AND (claim_until IS NULL OR claim_until <= now())))
     RETURNING ${buildColumns}`,
    id,
    holder,
    leaseMs,
  );
  return rows[0] ?? null;
}

/** Answers whether the claim still stands, and whether a person wants the build to end. */
export async function renewBuildClaim(
  tx: Tx,
  claim: BuildClaim,
  leaseMs: number,
): Promise<{ readonly held: boolean; readonly cancelled: boolean }> {
  const rows = await tx.$queryRaw<{ cancelled: boolean }[]>`
    UPDATE build SET claim_until = now() + ${leaseMs} * interval '1 millisecond'
    WHERE id = ${claim.build} AND claim_epoch = ${claim.epoch} AND phase = 'running' AND claimed_by IS NOT NULL
    RETURNING cancelled_at IS NOT NULL AS cancelled`;
  return { held: rows.length === 1, cancelled: rows[0]?.cancelled ?? false };
}

/** Gives a build back unfinished, with a message of its own so that another worker takes it at once. */
export async function releaseBuildClaim(tx: Tx, claim: BuildClaim): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE build SET claimed_by = NULL, claim_until = NULL
    WHERE id = ${claim.build} AND claim_epoch = ${claim.epoch} AND phase = 'running'`;
  if (changed === 0) return false;
  await addToOutbox(tx, 'run-build', { build: claim.build }, retryKey(claim.build, claim.epoch));
  return true;
}

/** Key of the message that has a build run again: another one than before, since the queue may still hold that for a dead worker. */
export function retryKey(build: string, epoch: number): string {
  return `${build}-${epoch}`;
}

/**
 * Adds lines to a build's log while the claim stands. Answers the last line's number, or null when the claim is gone: two workers
 * never write into one log. Numbers are without gaps because the one holder hands them out. Saying the same again is fine: a try whose
 * answer was lost may have been written.
 */
export async function appendClaimedLog(
  db: Pick<Database, 'pool'>,
  claim: BuildClaim,
  after: number,
  lines: readonly NewLogLine[],
): Promise<number | null> {
  const json = JSON.stringify(lines);
  const last = after + lines.length;
  const added = await db.pool.query({
    name: 'append-claimed-log',
    text: appendStatement,
    values: [claim.build, claim.epoch, after + 1, last, json, json.length],
  });
  if (added.rowCount === 1) return last;
  const standing = await db.pool.query(
    `SELECT 1 FROM log_chunk JOIN build ON build.id = stream
     WHERE stream = $1 AND first_line = $2 AND last_line = $3 AND lines = $4::jsonb AND claim_epoch = $5 AND phase = 'running'`,
    [claim.build, after + 1, last, json, claim.epoch],
  );
  return standing.rowCount === 1 ? last : null;
}

// The share lock makes a claim wait for lines under way, so that whoever claims next reads the true last line.
const appendStatement = `
  WITH added AS (
    INSERT INTO log_chunk (stream, first_line, last_line, lines, bytes)
    SELECT id, $3::bigint, $4::bigint, $5::jsonb, $6::int FROM build WHERE id = $1 AND claim_epoch = $2 AND phase = 'running' FOR SHARE
    ON CONFLICT (stream, first_line) DO NOTHING
    RETURNING stream
  )
  SELECT pg_notify('sconce_log', stream)::text FROM added`;

/** Marks a running build as unwanted and tells its worker; false when it is not running. */
export async function requestBuildCancel(tx: Tx, id: string): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE build SET cancelled_at = COALESCE(cancelled_at, now()) WHERE id = ${id} AND phase = 'running'`;
  if (changed === 0) return false;
  await tx.$queryRaw`SELECT pg_notify('sconce_cancel', ${id})::text`;
  return true;
}

/** Of these builds, the ones somebody wants to end: for a listener that may have missed it. */
export async function findCancelledBuilds(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await tx.$queryRaw<
    { id: string }[]
  >`SELECT id FROM build WHERE id = ANY(${[...ids]}) AND cancelled_at IS NOT NULL`;
  return rows.map(({ id }) => id);
}

export interface UnclaimedBuild {
  readonly id: string;
  readonly phase: 'queued' | 'running';
  readonly epoch: number;
}

/** Builds that nobody works on: queued for longer than `olderThanMs`, or running under a claim that ran out. */
export async function findUnclaimedBuilds(tx: Tx, olderThanMs: number, limit: number): Promise<UnclaimedBuild[]> {
  return tx.$queryRaw<UnclaimedBuild[]>`
    SELECT id, phase, claim_epoch AS epoch FROM build
    WHERE (phase = 'queued' AND created_at < now() - ${olderThanMs} * interval '1 millisecond')
       OR (phase = 'running' AND (claim_until IS NULL OR claim_until <= now()))
    ORDER BY created_at LIMIT ${limit}`;
}
