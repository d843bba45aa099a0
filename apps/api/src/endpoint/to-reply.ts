import type { Endpoint } from '@sconce/contract';
import { z } from 'zod';
import { toWire } from './to-wire.ts';

/** Cuts an answer to what the contract names: a field that is not in it never leaves, whatever a store answers. */
export function toReply(endpoint: Endpoint, answer: unknown): { readonly text: string; readonly parsed: unknown } {
  const parsed = endpoint.reply.safeParse(toWire(answer));
  if (!parsed.success) {
    throw new Error(
      `The answer to ${endpoint.method} ${endpoint.path} is not what the contract says: ${z.prettifyError(parsed.error)}`,
    );
  }
  return { text: JSON.stringify(parsed.data), parsed: parsed.data };
}
