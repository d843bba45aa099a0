import { createHash } from 'node:crypto';
import { appendEvents, type KnownReplica, putReplicas, type ServiceStateRow, type Tx, touchReplicas } from '@sconce/db';
import type { ObservedReplica } from '@sconce/ports';
import type { ReconcilerDeps } from './reconciler-deps.ts';
import { type NamedReplica, toReplicaEvents } from './replica-events.ts';
import { whyLeaving } from './why-leaving.ts';

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
 * Takes down what the runtime said, whole, for those who may not ask it; with an event for each replica that became ready, ended, or has to leave its node.
 */
export async function noteReplicas(
  deps: ReconcilerDeps,
  row: ServiceStateRow,
  observed: readonly ObservedReplica[],
): Promise<NotedReplicas> {
  const at = new Date(deps.clock.now());
  const rows = observed.map((replica) => toRow(replica, whyLeaving(row, replica, observed, at.getTime())));
  const known = new Map(row.replicas.map((replica) => [replica.id, replica]));
  const changed = rows.length !== known.size || rows.some((replica) => known.get(replica.id)?.seen !== replica.seen);
  if (!changed) {
    const oldest = Math.min(...row.replicas.map((replica) => replica.observedAt));
    if (rows.length > 0 && at.getTime() - oldest >= touchAfterMs) await touchReplicas(deps.db.tx, row.id, at);
    return { row, write: null };
  }
  return {
    row: { ...row, replicas: rows.map((replica) => toKnown(replica, known.get(replica.id), at.getTime())) },
    write: async (tx) => {
      await putReplicas(tx, row.id, rows, at);
      const place = { projectId: row.projectId, environmentId: row.environmentId, serviceId: row.id };
      const events = toReplicaEvents(row.replicas, rows);
      await appendEvents(
        tx,
        events.map((event) => ({ ...event, ...place })),
      );
    },
  };
}

/** As the database has it after `putReplicas`. */
function toKnown(replica: NamedReplica, before: KnownReplica | undefined, at: number): KnownReplica {
  const { name, node, reason, leavingCause } = replica;
  return {
    id: replica.id,
    release: replica.releaseId,
    health: replica.health,
    healthSince: before?.health === replica.health ? before.healthSince : at,
    observedAt: at,
    routed: before?.routed ?? false,
    unroutedVersion: before?.unroutedVersion ?? null,
    unroutedAt: before?.unroutedAt ?? null,
    name,
    node,
    reason,
    leavingCause,
    leavingSince: leavingCause === null ? null : (before?.leavingSince ?? at),
    seen: replica.seen,
  };
}

function toRow(replica: ObservedReplica, leaving: Pick<NamedReplica, 'reason' | 'message'> | null): NamedReplica {
  const seen: Omit<NamedReplica, 'seen'> = {
    id: replica.id,
    releaseId: replica.release,
    name: replica.name,
    health: replica.health,
    reason: replica.reason ?? leaving?.reason ?? null,
    message: replica.message ?? leaving?.message ?? null,
    host: replica.address?.host ?? null,
    port: replica.address?.port ?? null,
    node: replica.node,
    createdAt: replica.createdAt,
    startedAt: replica.startedAt,
    restarts: replica.restarts,
    exitCode: replica.exitCode,
    outOfMemory: replica.outOfMemory,
    gpus: replica.gpus,
    leavingCause: replica.leaving?.cause ?? null,
  };
  return { ...seen, seen: createHash('sha1').update(JSON.stringify(seen)).digest('base64') };
}
