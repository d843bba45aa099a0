import { z } from 'zod';

/** One entry per message: what it carries, and how often and how patiently it is tried. */
export const messageCatalogue = {
  /** Decide what a delivery means. Passing faults (the git host is away) are waited out for about four hours. */
  'process-delivery': {
    payload: z.strictObject({ delivery: z.string() }),
    attempts: 250,
    backoffBaseMs: 250,
    backoffMaxMs: 60_000,
  },
  /** Run a build, if nobody else runs it. It knows its own passing faults; a throw is a fault of the platform. */
  'run-build': {
    payload: z.strictObject({ build: z.string() }),
    attempts: 20,
    backoffBaseMs: 500,
    backoffMaxMs: 30_000,
  },
} as const satisfies Record<string, MessageEntry>;

interface MessageEntry {
  readonly payload: z.ZodType;
  readonly attempts: number;
  /** Full-jitter exponential back-off between attempts. */
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
}

export type MessageName = keyof typeof messageCatalogue;
export type MessagePayload<M extends MessageName> = z.infer<(typeof messageCatalogue)[M]['payload']>;

export function isMessageName(name: string): name is MessageName {
  return Object.hasOwn(messageCatalogue, name);
}
