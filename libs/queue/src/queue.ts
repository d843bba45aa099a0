import type { Log } from '@sconce/foundation';
import type { MessageName, MessagePayload } from './message-catalogue.ts';

export interface MessageToSend {
  readonly message: string;
  readonly payload: unknown;
  /** Same key: same effect. A message whose key is still waiting or being worked on is not added twice. */
  readonly key: string;
}

export interface MessageAttempt {
  /** From 1. */
  readonly number: number;
  /** Nobody tries again after this one, except a sweeper. */
  readonly isLast: boolean;
}

export type MessageHandler<M extends MessageName> = (
  payload: MessagePayload<M>,
  /** Aborts when the process stops: end soon, leaving work that another process can take up. */
  signal: AbortSignal,
  attempt: MessageAttempt,
) => Promise<void>;

/**
 * Carries messages through Redis. It may forget them, repeat them and run one twice at once: handlers are idempotent, and what must not be
 * forgotten stands in Postgres.
 */
export interface Queue {
  /** Resolves once Redis has all of them; throws `QueueUnavailable` when it has not said so within about 2 s. */
  send(messages: readonly MessageToSend[]): Promise<void>;
  /**
   * Has this process's own consumers begin at once with what they have room for, without Redis, and answers the rest. What fails is sent and
   * tried again like any other message; what dies with the process nobody says again but a sweeper.
   */
  handOver(messages: readonly MessageToSend[]): MessageToSend[];
  consume<M extends MessageName>(
    message: M,
    handler: MessageHandler<M>,
    options: { readonly concurrency: number },
  ): void;
  /** Takes no more messages, aborts the handlers' signal, waits for them up to `graceMs`, closes. */
  close(graceMs?: number): Promise<void>;
}

export interface QueueOptions {
  readonly url: string;
  readonly log: Log;
  /** Of keys in Redis; installations that share a Redis differ in it. */
  readonly prefix?: string;
  /** How long a handler's process may be silent before its message is given to another. */
  readonly lockMs?: number;
}

export class QueueUnavailable extends Error {
  override readonly name = 'QueueUnavailable';
}
