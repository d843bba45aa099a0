import { createHash } from 'node:crypto';
import {
  appendEvents,
  type KnownReplica,
  putReplicas,
  type ReplicaRow,
  type ServiceStateRow,
  type Tx,
  touchReplicas,
} from '@sconce/db';
import type { ObservedReplica } from '@sconce/ports';
import type { ReconcilerDeps } from './reconciler-deps.ts';

/** What is shown is never older than this while the runtime answers. */
const touchAfterMs = 2_000;

/** What the runtime said, and what is left to do to have it written down. */
export interface NotedReplicas {
  /** As it will be known. */
  readonly row: ServiceStateRow;
  /** Null when nothing changed. Goes with the move that follows from it, in one transaction; the service's row comes first, as its lock. */
  readonly write: ((tx: Tx) => Promise<void>) | null;
}

/**
 * Takes down what the runtime said, whole, for those who may not ask it; with an event for each replica that became ready or ended.
 */
export async function noteReplicas(
  deps: ReconcilerDeps,
  row: ServiceStateRow,
  observed: readonly ObservedReplica[],
): Promise<NotedReplicas> {
  const rows = observed.map(toRow);
  const known = new Map(row.replicas.map((replica) => [replica.id, replica]));
  const changed = rows.length !== known.size || rows.some((replica) => known.get(replica.id)?.seen !== replica.seen);
  const at = new Date(deps.clock.now());
  if (!changed) {
    const oldest = Math.min(...row.replicas.map((replica) => replica.observedAt));
    if (rows.length > 0 && at.getTime() - oldest >= touchAfterMs) await touchReplicas(deps.db.tx, row.id, at);
    return { row, write: null };
  }
  return {
    row: { ...row, replicas: rows.map((replica) => toKnown(replica, known.get(replica.id), at.getTime())) },
    write: async (tx) => {
      await putReplicas(tx, row.id, rows, at);
      await announce(tx, row, rows);
    },
  };
}

async function announce(tx: Tx, row: ServiceStateRow, rows: readonly ReplicaRow[]): Promise<void> {
  const place = { projectId: row.projectId, environmentId: row.environmentId, serviceId: row.id };
  const known = new Map(row.replicas.map((replica) => [replica.id, replica.health]));
  const news = rows.filter((replica) => replica.health !== known.get(replica.id) && announced.has(replica.health));
  const events = news.map((replica) => {
    const { name, releaseId, exitCode, message } = replica;
    const data = { name, release: releaseId, exitCode, message };
    return { type: `replica.${replica.health}`, ...place, subjectId: replica.id, data };
  });
  await appendEvents(tx, events);
}

const announced: ReadonlySet<string> = new Set(['ready', 'exited']);

/** As the database has it after `putReplicas`. */
function toKnown(replica: ReplicaRow, before: KnownReplica | undefined, at: number): KnownReplica {
  return {
    id: replica.id,
    release: replica.releaseId,
    health: replica.health,
    healthSince: before?.health === replica.health ? before.healthSince : at,
    observedAt: at,
    routed: before?.routed ?? false,
    unroutedVersion: before?.unroutedVersion ?? null,
    unroutedAt: before?.unroutedAt ?? null,
    seen: replica.seen,
  };
}

function toRow(replica: ObservedReplica): ReplicaRow {
  const seen: Omit<ReplicaRow, 'seen'> = {
    id: replica.id,
    releaseId: replica.release,
    name: replica.name,
    health: replica.health,
    reason: replica.reason,
    message: replica.message,
    host: replica.address?.host ?? null,
    port: replica.address?.port ?? null,
    node: replica.node,
    createdAt: replica.createdAt,
    startedAt: replica.startedAt,
    restarts: replica.restarts,
    exitCode: replica.exitCode,
    outOfMemory: replica.outOfMemory,
    gpus: replica.gpus,
  };
  return { ...seen, seen: createHash('sha1').update(JSON.stringify(seen)).digest('base64') };
}
