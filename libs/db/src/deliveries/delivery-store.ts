import type { DeliveryHost, Reason } from '@sconce/core';
import type { Tx } from '../database.ts';

export interface DeliveryRow {
  readonly id: string;
  readonly position: bigint;
  readonly host: DeliveryHost;
  readonly event: string;
  readonly body: Uint8Array;
  readonly phase: 'received' | 'processed';
  readonly receivedAt: Date;
}

export interface DeliveryOutcome {
  readonly outcome: 'built' | 'ignored' | 'failed';
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly repositoryId: string | null;
  readonly ref: string | null;
  readonly commit: string | null;
  readonly actor: string | null;
}

export async function readDelivery(tx: Tx, id: string): Promise<DeliveryRow | null> {
  const rows = await tx.$queryRaw<DeliveryRow[]>`
    SELECT id, position, host, event, body, phase, received_at AS "receivedAt" FROM delivery WHERE id = ${id}`;
  return rows[0] ?? null;
}

/** Holds a delivery until the transaction ends; false when it is processed already. */
export async function lockReceivedDelivery(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.$queryRaw<object[]>`SELECT id FROM delivery WHERE id = ${id} AND phase = 'received' FOR UPDATE`;
  return rows.length === 1;
}

/** Moves `received` to `processed`. False: it was processed by somebody else; leave everything as it is. */
export async function settleDelivery(tx: Tx, id: string, outcome: DeliveryOutcome): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE delivery SET phase = 'processed', processed_at = now(), outcome = ${outcome.outcome}, reason = ${outcome.reason},
      message = ${outcome.message}, repository_id = ${outcome.repositoryId}, ref = ${outcome.ref}, commit = ${outcome.commit},
      actor = ${outcome.actor}
    WHERE id = ${id} AND phase = 'received'`;
  return changed === 1;
}

/** Deliveries that wait for longer than `olderThanMs`, oldest first: the queue may have forgotten them. */
export async function findWaitingDeliveries(tx: Tx, olderThanMs: number, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM delivery WHERE phase = 'received' AND received_at < now() - ${olderThanMs} * interval '1 millisecond'
    ORDER BY received_at LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}
