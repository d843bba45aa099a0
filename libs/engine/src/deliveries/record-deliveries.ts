import type { DeliveryHost, DeliveryId } from '@sconce/core';
import { insertDeliveries } from '@sconce/db';
import { newId, retry } from '@sconce/foundation';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { createGroupCommitter } from './group-committer.ts';

export interface DeliveryInput {
  readonly host: DeliveryHost;
  /** The host's own id of it (`X-GitHub-Delivery`); what makes a repeated one a duplicate. */
  readonly hostDelivery: string;
  /** `push`, `ping`, ... */
  readonly event: string;
  /** As received, byte for byte, its signature checked. */
  readonly body: Uint8Array;
}

export interface RecordedDelivery {
  readonly delivery: DeliveryId;
  /** It stood already; nothing was done, and nothing more will come of this one. */
  readonly duplicate: boolean;
}

const maxNameLength = 200;

/**
 * Stores deliveries so that they survive anything, together with the messages that have them processed; touches neither Redis nor a git
 * host. Throws `Rejection` (nothing is stored then) when an id or an event is none.
 */
export async function recordDeliveries(
  deps: Pick<Deps, 'db' | 'clock'>,
  inputs: readonly DeliveryInput[],
): Promise<RecordedDelivery[]> {
  if (inputs.length === 0) return [];
  for (const input of inputs) checkInput(input);
  const rows = inputs.map((input) => ({ ...input, id: newId('dlv', deps.clock.now()) }));
  const stored = await retry(() => insertDeliveries(deps.db.pool, rows), {
    attempts: 4,
    baseMs: 20,
    maxMs: 500,
    clock: deps.clock,
    isPassing: isPassingDatabaseError,
  });
  // After a retry a row may stand that the first try wrote: it is ours, not a duplicate.
  return stored.map(({ id, fresh }, index) => ({
    delivery: id as DeliveryId,
    duplicate: !fresh && id !== rows[index]?.id,
  }));
}

function checkInput(input: DeliveryInput): void {
  checkName(input.hostDelivery, 'hostDelivery');
  checkName(input.event, 'event');
}

function checkName(text: string, path: string): void {
  if (text !== '' && text.length <= maxNameLength && /^[\x21-\x7e]+$/.test(text)) return;
  const message = `must be 1 to ${maxNameLength} printable characters without blanks`;
  throw new Rejection('invalid', `The delivery's ${path} ${message}.`, {
    errors: [{ path, code: 'invalid', message }],
  });
}

/** Deadlock, or the connection or the server went: the same statement again either writes it or finds it written. */
function isPassingDatabaseError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(?:40P01|40001|08\w{3}|57P0[123]|ECONNRESET|ECONNREFUSED|EPIPE)$/.test(code) || isConnectionEnd(error);
}

function isConnectionEnd(error: unknown): boolean {
  return error instanceof Error && /^Connection terminated/.test(error.message);
}

export interface DeliveryRecorder {
  /** Like `recordDeliveries`, of one; many at once share a transaction. */
  record(input: DeliveryInput): Promise<RecordedDelivery>;
}

const groupLimits = { maxItems: 500, maxBytes: 8 * 1024 * 1024, maxWaitingBytes: 256 * 1024 * 1024 };

/** One for each process that takes deliveries in. */
export function createDeliveryRecorder(deps: Pick<Deps, 'db' | 'clock'>): DeliveryRecorder {
  const committer = createGroupCommitter<DeliveryInput, RecordedDelivery>({
    ...groupLimits,
    commit: (inputs) => recordDeliveries(deps, inputs),
    sizeOf: ({ body }) => body.byteLength,
    refuse: () => {
      throw new Rejection('limit_reached', 'More deliveries are coming in than can be stored.', {
        hint: 'Send it again in a minute.',
      });
    },
  });
  return {
    record: async (input) => {
      checkInput(input);
      return committer.add(input);
    },
  };
}
