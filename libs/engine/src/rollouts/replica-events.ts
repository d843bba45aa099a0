import { describeNode, type LeavingCause, type Reason } from '@sconce/core';
import type { KnownReplica, NewEvent, ReplicaRow } from '@sconce/db';

/** As the runtime said it, and not as text. */
export type NamedReplica = ReplicaRow & {
  readonly reason: Reason | null;
  readonly leavingCause: LeavingCause | null;
};

type ReplicaEvent = Pick<NewEvent, 'type' | 'subjectId' | 'data'>;

const announced: ReadonlySet<string> = new Set(['ready', 'exited']);

/** What happened to a service's replicas between two looks: who became ready or ended, and what became of those on nodes that are to go. */
export function toReplicaEvents(
  known: readonly KnownReplica[],
  rows: readonly NamedReplica[],
): readonly ReplicaEvent[] {
  const before = new Map(known.map((replica) => [replica.id, replica]));
  const now = new Map(rows.map((replica) => [replica.id, replica]));
  return [
    ...rows.flatMap((replica) => toHealthEvent(replica, before.get(replica.id))),
    ...rows.flatMap((replica) => toLeavingEvent(replica, before.get(replica.id))),
    ...known.flatMap((replica) => toMovedEvent(replica, now.get(replica.id), rows)),
    ...rows.flatMap((replica) => toLostEvent(replica, before.get(replica.id), rows)),
  ];
}

function toHealthEvent(replica: NamedReplica, before: KnownReplica | undefined): readonly ReplicaEvent[] {
  if (replica.health === before?.health || !announced.has(replica.health)) return [];
  const { name, releaseId, exitCode, message } = replica;
  const data = { name, release: releaseId, exitCode, message };
  return [{ type: `replica.${replica.health}`, subjectId: replica.id, data }];
}

/** From now on another one is to stand elsewhere. */
function toLeavingEvent(replica: NamedReplica, before: KnownReplica | undefined): readonly ReplicaEvent[] {
  const { name, releaseId, node, leavingCause, health } = replica;
  if (leavingCause === null || leavingCause === before?.leavingCause || health === 'stopping') return [];
  const data = { name, release: releaseId, node, cause: leavingCause, message: describeNode(node, leavingCause) };
  return [{ type: 'replica.leaving', subjectId: replica.id, data }];
}

/** It ended, or ends. Of one whose node does not answer that is not known. */
function toMovedEvent(
  { id, name, release, node, health, leavingCause }: KnownReplica,
  now: NamedReplica | undefined,
  rows: readonly NamedReplica[],
): readonly ReplicaEvent[] {
  const hasEnded = now === undefined || now.health === 'stopping';
  if (leavingCause === null || leavingCause === 'lost' || health === 'stopping' || !hasEnded) return [];
  if (now?.reason === 'node_lost') return [];
  const data = { name, release, node, cause: leavingCause, successor: successorOf(id, release, rows) };
  return [{ type: 'replica.moved', subjectId: id, data }];
}

function toLostEvent(
  replica: NamedReplica,
  before: KnownReplica | undefined,
  rows: readonly NamedReplica[],
): readonly ReplicaEvent[] {
  const { id, name, releaseId, node, reason } = replica;
  if (reason !== 'node_lost' || before?.reason === 'node_lost') return [];
  const data = { name, release: releaseId, node, successor: successorOf(id, releaseId, rows) };
  return [{ type: 'replica.lost', subjectId: id, data }];
}

/** The youngest that is ready and stays; null while there is none. */
function successorOf(
  id: string,
  release: string,
  rows: readonly NamedReplica[],
): { readonly name: string; readonly node: string } | null {
  const others = rows.filter(
    (one) => one.id !== id && one.releaseId === release && one.health === 'ready' && one.leavingCause === null,
  );
  const [youngest] = others.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  return youngest === undefined ? null : { name: youngest.name, node: youngest.node };
}
