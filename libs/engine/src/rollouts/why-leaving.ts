import { describeLeaving, heldUntil, type Reason } from '@sconce/core';
import type { ServiceStateRow } from '@sconce/db';
import type { ObservedReplica } from '@sconce/ports';
import { releaseOf, toPlanned } from './to-service-state.ts';

/** What is to be said of a replica on a node that is to go; null for any other, and for one that is ending already. */
export function whyLeaving(
  row: ServiceStateRow,
  replica: ObservedReplica,
  observed: readonly ObservedReplica[],
  now: number,
): { readonly reason: Reason; readonly message: string } | null {
  const { leaving, node, health } = replica;
  const release = releaseOf(row, replica.release);
  if (!leaving || health === 'stopping' || release === null) return null;
  const planned = toPlanned(release);
  const since = row.replicas.find(({ id }) => id === replica.id)?.leavingSince ?? now;
  const until = heldUntil(planned, { since, until: leaving.until === null ? null : Date.parse(leaving.until) });
  const message = describeLeaving({
    node,
    cause: leaving.cause,
    heldUntil: leaving.isHeld && until > now ? until : null,
    staysWithVolume: planned.staysWithVolume,
    obstacle: obstacleOf(replica, observed),
  });
  return { reason: 'node_leaving', message };
}

/** Why the one that is to take its place has none itself. */
function obstacleOf({ release }: ObservedReplica, observed: readonly ObservedReplica[]): string | null {
  const next = observed.find((one) => one.release === release && one.health === 'starting' && one.node === '');
  return next?.message ?? null;
}
